import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.CompoundElement;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.NestMembersAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Makes class files fit for the AOT cache, so that a start finds in it what it would otherwise do anew each time.
 *
 * <p>Two things are left out of the cache of JDK 25: classes older than version 50, such as picocli's, and the code that the JDK
 * spins at run time behind a switch over types and behind the methods of records (4 to 10 ms each the first time). Old
 * classes are lifted to a newer version; the spun code is written down here, as the same decisions in plain instructions. Lambdas
 * are in the cache, with much beside them that making them needs: {@link Lambdas} writes them down, too.
 */
final class StartUp
{
    private static final int OLDEST = 50;
    private static final int LIFTED = 52;
    private static final String CLASS = ".class";

    private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
    private static final ClassDesc BUILDER = ClassDesc.of("java.lang.StringBuilder");
    private static final ClassDesc SWITCHES = ClassDesc.of("java.lang.runtime.SwitchBootstraps");
    private static final ClassDesc RECORDS = ClassDesc.of("java.lang.runtime.ObjectMethods");

    private final ClassFile rebuilding;
    private final ClassFile rewriting;

    /** @param all loader of every class that the given ones may name */
    StartUp(ClassLoader all)
    {
        var hierarchy = ClassFile.ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(all));
        this.rebuilding = ClassFile.of(ClassFile.StackMapsOption.GENERATE_STACK_MAPS, hierarchy);
        this.rewriting = ClassFile.of(hierarchy);
    }

    /** The same class for a version that is archived; others come back as they are. */
    byte[] lifted(byte[] bytes)
    {
        int major = (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
        if (major >= OLDEST) {
            return bytes;
        }
        ClassTransform version = (builder, element) -> {
            if (element instanceof ClassFileVersion) {
                builder.withVersion(LIFTED, 0);
            }
            else {
                builder.with(element);
            }
        };
        // The bodies are rebuilt, not copied, because the new version demands stack maps.
        return rebuilding.transformClass(rebuilding.parse(bytes), version.andThen(ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL)));
    }

    /**
     * The classes of a jar without code that is spun at run time.
     *
     * @param classes class files by their names in the jar; those that change are exchanged, and classes of lambdas added
     */
    void settle(Map<String, byte[]> classes)
    {
        Map<String, List<ClassDesc>> nests = new TreeMap<>();
        Map<String, byte[]> added = new TreeMap<>();
        classes.replaceAll((name, bytes) -> {
            ClassModel model = rewriting.parse(bytes);
            Settling settling = new Settling(model);
            if (!settling.changes(model)) {
                return bytes;
            }
            byte[] result = rewriting.transformClass(model, ClassTransform.transformingMethodBodies(settling::instruction)
                    .andThen(ClassTransform.endHandler(settling::addHelpers)));
            Lambdas lambdas = settling.lambdas;
            if (!lambdas.isEmpty()) {
                nests.computeIfAbsent(lambdas.nest() + CLASS, nest -> new ArrayList<>()).add(ClassDesc.ofInternalName(lambdas.internalName()));
                added.put(lambdas.internalName() + CLASS, lambdas.build(rebuilding));
            }
            return result;
        });
        nests.forEach((name, members) -> classes.computeIfPresent(name, (same, bytes) -> widened(bytes, members)));
        classes.putAll(added);
        // All of them: the boot class loader, which takes them, does not look again.
        classes.forEach(this::verify);
    }

    /** The same class as head of a nest with more members, of a version that has nests. */
    private byte[] widened(byte[] bytes, List<ClassDesc> members)
    {
        ClassModel model = rewriting.parse(bytes);
        List<ClassDesc> all = new ArrayList<>();
        model.findAttribute(Attributes.nestMembers()).ifPresent(present -> present.nestMembers().forEach(member -> all.add(member.asSymbol())));
        all.addAll(members);
        ClassTransform without = ClassTransform.dropping(element -> element instanceof NestMembersAttribute || element instanceof ClassFileVersion);
        return rewriting.transformClass(model, without.andThen(ClassTransform.endHandler(builder -> builder.with(NestMembersAttribute.ofSymbols(all))
                .withVersion(Math.max(model.majorVersion(), Lambdas.OLDEST), 0))));
    }

    private void verify(String name, byte[] bytes)
    {
        List<VerifyError> errors = rewriting.verify(bytes);
        if (!errors.isEmpty()) {
            throw new IllegalStateException(name + " is wrong, or was rewritten wrongly", errors.getFirst());
        }
    }

    /** One class on its way; helpers are added to it at its end. */
    private static final class Settling
    {
        private final ClassDesc self;
        private final boolean isInterface;
        private final Lambdas lambdas;
        private final List<Consumer<ClassBuilder>> helpers = new ArrayList<>();

        private Settling(ClassModel model)
        {
            this.self = model.thisClass().asSymbol();
            this.isInterface = model.flags().has(AccessFlag.INTERFACE);
            this.lambdas = new Lambdas(model);
        }

        private boolean changes(ClassModel model)
        {
            return model.methods().stream().flatMap(method -> method.code().stream()).flatMap(CompoundElement::elementStream)
                    .anyMatch(InvokeDynamicInstruction.class::isInstance);
        }

        private void addHelpers(ClassBuilder builder)
        {
            helpers.forEach(helper -> helper.accept(builder));
        }

        private void instruction(CodeBuilder code, CodeElement element)
        {
            if (element instanceof InvokeDynamicInstruction call) {
                DirectMethodHandleDesc bootstrap = call.bootstrapMethod();
                List<ConstantDesc> arguments = call.bootstrapArgs();
                if (Lambdas.makes(call)) {
                    lambdas.replace(code, call);
                    return;
                }
                if (bootstrap.owner().equals(SWITCHES) && bootstrap.methodName().equals("typeSwitch") && arguments.stream().allMatch(ClassDesc.class::isInstance)) {
                    List<ClassDesc> labels = arguments.stream().map(ClassDesc.class::cast).toList();
                    replace(code, call, body -> typeSwitch(body, labels));
                    return;
                }
                if (bootstrap.owner().equals(RECORDS)) {
                    List<DirectMethodHandleDesc> fields = arguments.subList(2, arguments.size()).stream().map(DirectMethodHandleDesc.class::cast).toList();
                    replace(code, call, switch (call.name().stringValue()) {
                        case "equals" -> body -> equality(body, self, fields);
                        case "hashCode" -> body -> hash(body, fields);
                        case "toString" -> body -> text(body, self, fields);
                        case String other -> throw new IllegalStateException(other + " of a record is not known");
                    });
                    return;
                }
            }
            code.with(element);
        }

        private void replace(CodeBuilder code, InvokeDynamicInstruction call, Consumer<CodeBuilder> body)
        {
            String name = "settled$" + call.name().stringValue() + "$" + helpers.size();
            MethodTypeDesc type = call.typeSymbol();
            code.invokestatic(self, name, type, isInterface);
            helpers.add(builder -> builder.withMethodBody(name, type,
                    ClassFile.ACC_PRIVATE | ClassFile.ACC_STATIC | ClassFile.ACC_SYNTHETIC, body));
        }
    }

    /** (object, restart) → index of the first label from {@code restart} on that fits; -1 for null; the number of labels if none does. */
    private static void typeSwitch(CodeBuilder code, List<ClassDesc> labels)
    {
        Label there = code.newLabel();
        code.aload(0).ifnonnull(there).iconst_m1().ireturn().labelBinding(there);
        for (int i = 0; i < labels.size(); i++) {
            Label next = code.newLabel();
            code.iload(1).loadConstant(i).if_icmpgt(next);
            code.aload(0).instanceOf(labels.get(i)).ifeq(next);
            code.loadConstant(i).ireturn();
            code.labelBinding(next);
        }
        code.loadConstant(labels.size()).ireturn();
    }

    /** (record, object) → whether all fields are equal, as java.lang.Record has it. */
    private static void equality(CodeBuilder code, ClassDesc self, List<DirectMethodHandleDesc> fields)
    {
        Label other = code.newLabel();
        Label fits = code.newLabel();
        Label differs = code.newLabel();
        code.aload(0).aload(1).if_acmpne(other).iconst_1().ireturn();
        code.labelBinding(other).aload(1).instanceOf(self).ifne(fits).iconst_0().ireturn();
        code.labelBinding(fits).aload(1).checkcast(self).astore(2);
        for (DirectMethodHandleDesc field : fields) {
            ClassDesc type = field.invocationType().returnType();
            code.aload(0).getfield(self, field.methodName(), type).aload(2).getfield(self, field.methodName(), type);
            switch (TypeKind.from(type)) {
                case REFERENCE -> code.invokestatic(OBJECTS, "equals", MethodTypeDesc.of(ConstantDescs.CD_boolean, ConstantDescs.CD_Object, ConstantDescs.CD_Object)).ifeq(differs);
                case LONG -> code.lcmp().ifne(differs);
                case FLOAT, DOUBLE -> code.invokestatic(box(type), "compare", MethodTypeDesc.of(ConstantDescs.CD_int, type, type)).ifne(differs);
                default -> code.if_icmpne(differs);
            }
        }
        code.iconst_1().ireturn().labelBinding(differs).iconst_0().ireturn();
    }

    /** (record) → 31 times the hash so far plus that of the next field. */
    private static void hash(CodeBuilder code, List<DirectMethodHandleDesc> fields)
    {
        code.iconst_0();
        for (DirectMethodHandleDesc field : fields) {
            ClassDesc type = field.invocationType().returnType();
            code.bipush(31).imul().aload(0).getfield(field.owner(), field.methodName(), type);
            if (type.isPrimitive()) {
                code.invokestatic(box(type), "hashCode", MethodTypeDesc.of(ConstantDescs.CD_int, type));
            }
            else {
                code.invokestatic(OBJECTS, "hashCode", MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_Object));
            }
            code.iadd();
        }
        code.ireturn();
    }

    /** (record) → as java.lang.Record has it: {@code Name[first=1, second=x]}. */
    private static void text(CodeBuilder code, ClassDesc self, List<DirectMethodHandleDesc> fields)
    {
        String name = self.displayName();
        code.new_(BUILDER).dup().loadConstant(name.substring(name.lastIndexOf('$') + 1) + "[").invokespecial(BUILDER, ConstantDescs.INIT_NAME,
                MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_String));
        String before = "";
        for (DirectMethodHandleDesc field : fields) {
            ClassDesc type = field.invocationType().returnType();
            append(code.loadConstant(before + field.methodName() + "="), ConstantDescs.CD_String);
            append(code.aload(0).getfield(self, field.methodName(), type), switch (TypeKind.from(type)) {
                case REFERENCE -> ConstantDescs.CD_Object;
                case BYTE, SHORT -> ConstantDescs.CD_int;
                default -> type;
            });
            before = ", ";
        }
        append(code.loadConstant("]"), ConstantDescs.CD_String);
        code.invokevirtual(BUILDER, "toString", MethodTypeDesc.of(ConstantDescs.CD_String)).areturn();
    }

    private static void append(CodeBuilder code, ClassDesc type)
    {
        code.invokevirtual(BUILDER, "append", MethodTypeDesc.of(BUILDER, type));
    }

    static ClassDesc box(ClassDesc primitive)
    {
        return switch (TypeKind.from(primitive)) {
            case BOOLEAN -> ConstantDescs.CD_Boolean;
            case BYTE -> ConstantDescs.CD_Byte;
            case CHAR -> ConstantDescs.CD_Character;
            case SHORT -> ConstantDescs.CD_Short;
            case INT -> ConstantDescs.CD_Integer;
            case LONG -> ConstantDescs.CD_Long;
            case FLOAT -> ConstantDescs.CD_Float;
            case DOUBLE -> ConstantDescs.CD_Double;
            case REFERENCE, VOID -> throw new IllegalArgumentException(primitive.descriptorString());
        };
    }

    /** What such a box holds; empty = the class is no box. */
    static Optional<ClassDesc> unboxed(ClassDesc box)
    {
        return Stream.of(TypeKind.values()).filter(kind -> kind != TypeKind.REFERENCE && kind != TypeKind.VOID).map(TypeKind::upperBound).filter(primitive -> box(primitive).equals(box)).findAny();
    }
}
