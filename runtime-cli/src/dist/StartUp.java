import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Makes class files fit for the AOT cache, so that a start finds in it what it would otherwise do anew each time.
 *
 * <p>Two things are left out of the cache of JDK 25: classes older than version 50, such as picocli's, and the code that the JDK
 * spins at run time behind a switch over types and behind equals and hashCode of records (4 to 10 ms each the first time). Old
 * classes are lifted to a newer version; the spun code is written down here, as the same decisions in plain instructions.
 */
final class StartUp
{
    private static final int OLDEST = 50;
    private static final int LIFTED = 52;

    private static final ClassDesc OBJECTS = ClassDesc.of("java.util.Objects");
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

    /** The same class without code that is spun at run time for type switches and records. */
    byte[] settled(byte[] bytes)
    {
        ClassModel model = rewriting.parse(bytes);
        Settling settling = new Settling(model);
        byte[] result = rewriting.transformClass(model, ClassTransform.transformingMethodBodies(settling::instruction).andThen(ClassTransform.endHandler(settling::addHelpers)));
        List<VerifyError> errors = rewriting.verify(result);
        if (!errors.isEmpty()) {
            throw new IllegalStateException(model.thisClass().asInternalName() + " was rewritten wrongly", errors.getFirst());
        }
        return result;
    }

    /** One class on its way; helpers are added to it at its end. */
    private static final class Settling
    {
        private final ClassDesc self;
        private final boolean isInterface;
        private final List<Consumer<ClassBuilder>> helpers = new ArrayList<>();

        private Settling(ClassModel model)
        {
            this.self = model.thisClass().asSymbol();
            this.isInterface = model.flags().has(AccessFlag.INTERFACE);
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
                if (bootstrap.owner().equals(SWITCHES) && bootstrap.methodName().equals("typeSwitch") && arguments.stream().allMatch(ClassDesc.class::isInstance)) {
                    List<ClassDesc> labels = arguments.stream().map(ClassDesc.class::cast).toList();
                    replace(code, call, body -> typeSwitch(body, labels));
                    return;
                }
                if (bootstrap.owner().equals(RECORDS) && !call.name().equalsString("toString")) {
                    List<DirectMethodHandleDesc> fields = arguments.subList(2, arguments.size()).stream().map(DirectMethodHandleDesc.class::cast).toList();
                    boolean equals = call.name().equalsString("equals");
                    replace(code, call, body -> {
                        if (equals) {
                            equality(body, self, fields);
                        }
                        else {
                            hash(body, fields);
                        }
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

    private static ClassDesc box(ClassDesc primitive)
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
}
