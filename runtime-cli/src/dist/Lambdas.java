import java.lang.classfile.Attributes;
import java.lang.classfile.ClassBuilder;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.classfile.TypeKind;
import java.lang.classfile.attribute.NestHostAttribute;
import java.lang.classfile.attribute.SourceFileAttribute;
import java.lang.classfile.instruction.InvokeDynamicInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.DirectMethodHandleDesc;
import java.lang.constant.MethodTypeDesc;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The lambdas and method references of one class, as one plain class beside it instead of one hidden class each, which the JDK
 * spins at run time or loads from the AOT cache with what spinning needs.
 *
 * <pre>
 * words.forEach(word -> add(word, 3))
 *
 * becomes, where Host$$Lambdas implements Consumer and whatever else lambdas of Host are:
 *
 * words.forEach(Host$$Lambdas.of$0(this))      of$0 = new Host$$Lambdas(0, this)
 *
 * void accept(Object word) { switch (id) { case 0: ((Host) a0).lambda$words$0((String) word); return; … } }
 * </pre>
 *
 * <p>It belongs to the same nest as the host, so it may call the host's private methods. A lambda that captures nothing is a new
 * object each time here, which the language allows.
 */
final class Lambdas
{
    static final String SUFFIX = "$$Lambdas";

    /** Since this version classes have nests. */
    static final int OLDEST = 55;

    private static final ClassDesc FACTORY = ClassDesc.of("java.lang.invoke.LambdaMetafactory");
    private static final String ID = "id";

    /**
     * One lambda.
     *
     * @param type of the call that makes it: what it captures → the interface
     * @param method of the interface, erased
     * @param actual what the method's types are in this place
     * @param body what it runs
     */
    private record Site(int id, MethodTypeDesc type, String method, MethodTypeDesc erased, MethodTypeDesc actual, DirectMethodHandleDesc body)
    {
        /** Captured values, as they are kept: all objects alike. */
        private List<TypeKind> captured()
        {
            return type.parameterList().stream().map(each -> TypeKind.from(each).asLoadable()).toList();
        }
    }

    private record Method(String name, MethodTypeDesc type) {}

    private final ClassModel host;
    private final ClassDesc self;
    private final List<Site> sites = new ArrayList<>();

    Lambdas(ClassModel host)
    {
        this.host = host;
        this.self = ClassDesc.ofInternalName(host.thisClass().asInternalName() + SUFFIX);
    }

    /** Whether a call makes a lambda, of those that nobody wants to serialize. */
    static boolean makes(InvokeDynamicInstruction call)
    {
        DirectMethodHandleDesc bootstrap = call.bootstrapMethod();
        return bootstrap.owner().equals(FACTORY) && bootstrap.methodName().equals("metafactory");
    }

    boolean isEmpty()
    {
        return sites.isEmpty();
    }

    String internalName()
    {
        return host.thisClass().asInternalName() + SUFFIX;
    }

    /** The class whose nest this one joins. */
    String nest()
    {
        return nest(host);
    }

    private static String nest(ClassModel host)
    {
        Optional<NestHostAttribute> outer = host.majorVersion() < OLDEST ? Optional.empty() : host.findAttribute(Attributes.nestHost());
        return outer.map(attribute -> attribute.nestHost().asInternalName()).orElse(host.thisClass().asInternalName());
    }

    /** Puts the making of an object in the place of such a call; what it captures is on the stack. */
    void replace(CodeBuilder code, InvokeDynamicInstruction call)
    {
        List<ConstantDesc> arguments = call.bootstrapArgs();
        Site site = new Site(sites.size(), call.typeSymbol(), call.name().stringValue(), (MethodTypeDesc) arguments.get(0), (MethodTypeDesc) arguments.get(2),
                (DirectMethodHandleDesc) arguments.get(1));
        sites.add(site);
        code.invokestatic(self, factory(site), site.type());
    }

    byte[] build(ClassFile writing)
    {
        return writing.build(self, this::fill);
    }

    private void fill(ClassBuilder builder)
    {
        builder.withVersion(Math.max(host.majorVersion(), OLDEST), 0).withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SUPER | ClassFile.ACC_SYNTHETIC);
        Set<ClassDesc> interfaces = new LinkedHashSet<>();
        sites.forEach(site -> interfaces.add(site.type().returnType()));
        builder.withInterfaceSymbols(List.copyOf(interfaces));
        builder.with(NestHostAttribute.of(ClassDesc.ofInternalName(nest())));
        // For who reads a stack trace.
        host.findAttribute(Attributes.sourceFile()).ifPresent(source -> builder.with(SourceFileAttribute.of(source.sourceFile().stringValue())));
        fields(builder);
        Set<List<TypeKind>> shapes = new LinkedHashSet<>();
        Map<Method, List<Site>> methods = new LinkedHashMap<>();
        for (Site site : sites) {
            shapes.add(site.captured());
            methods.computeIfAbsent(new Method(site.method(), site.erased()), method -> new ArrayList<>()).add(site);
        }
        shapes.forEach(shape -> builder.withMethodBody(ConstantDescs.INIT_NAME, constructor(shape), ClassFile.ACC_PRIVATE, code -> construct(code, shape)));
        sites.forEach(site -> builder.withMethodBody(factory(site), site.type(), ClassFile.ACC_STATIC, code -> make(code, site)));
        methods.forEach((method, all) -> builder.withMethodBody(method.name(), method.type(), ClassFile.ACC_PUBLIC, code -> dispatch(code, all)));
    }

    private void fields(ClassBuilder builder)
    {
        builder.withField(ID, ConstantDescs.CD_int, ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL);
        Map<String, ClassDesc> fields = new LinkedHashMap<>();
        for (Site site : sites) {
            List<TypeKind> captured = site.captured();
            for (int i = 0; i < captured.size(); i++) {
                fields.put(field(captured, i), kept(captured.get(i)));
            }
        }
        fields.forEach((name, type) -> builder.withField(name, type, ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL));
    }

    private static String factory(Site site)
    {
        return "of$" + site.id();
    }

    private static ClassDesc kept(TypeKind kind)
    {
        return kind == TypeKind.REFERENCE ? ConstantDescs.CD_Object : kind.upperBound();
    }

    /** The n-th of its kind: a0, i0, a1, … */
    private static String field(List<TypeKind> shape, int index)
    {
        TypeKind kind = shape.get(index);
        long before = shape.subList(0, index).stream().filter(kind::equals).count();
        return Character.toLowerCase(kind.name().charAt(0)) + "" + before;
    }

    private static MethodTypeDesc constructor(List<TypeKind> shape)
    {
        List<ClassDesc> parameters = new ArrayList<>(List.of(ConstantDescs.CD_int));
        shape.forEach(kind -> parameters.add(kept(kind)));
        return MethodTypeDesc.of(ConstantDescs.CD_void, parameters);
    }

    private void construct(CodeBuilder code, List<TypeKind> shape)
    {
        code.aload(0).invokespecial(ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void);
        code.aload(0).iload(1).putfield(self, ID, ConstantDescs.CD_int);
        for (int i = 0; i < shape.size(); i++) {
            code.aload(0).loadLocal(shape.get(i), code.parameterSlot(i + 1)).putfield(self, field(shape, i), kept(shape.get(i)));
        }
        code.return_();
    }

    private void make(CodeBuilder code, Site site)
    {
        List<TypeKind> shape = site.captured();
        code.new_(self).dup().loadConstant(site.id());
        for (int i = 0; i < shape.size(); i++) {
            code.loadLocal(shape.get(i), code.parameterSlot(i));
        }
        code.invokespecial(self, ConstantDescs.INIT_NAME, constructor(shape)).areturn();
    }

    /** One method of an interface: each of the lambdas that are it runs its own body. */
    private void dispatch(CodeBuilder code, List<Site> all)
    {
        if (all.size() == 1) {
            run(code, all.getFirst());
            return;
        }
        List<SwitchCase> cases = new ArrayList<>();
        Map<Site, Label> labels = new LinkedHashMap<>();
        for (Site site : all) {
            Label label = code.newLabel();
            labels.put(site, label);
            cases.add(SwitchCase.of(site.id(), label));
        }
        Label last = labels.get(all.getLast());
        code.aload(0).getfield(self, ID, ConstantDescs.CD_int);
        if (cases.getLast().caseValue() - cases.getFirst().caseValue() == cases.size() - 1) {
            code.tableswitch(last, cases);
        }
        else {
            code.lookupswitch(last, cases);
        }
        labels.forEach((site, label) -> {
            code.labelBinding(label);
            run(code, site);
        });
    }

    private void run(CodeBuilder code, Site site)
    {
        DirectMethodHandleDesc body = site.body();
        boolean constructs = body.kind() == DirectMethodHandleDesc.Kind.CONSTRUCTOR;
        boolean isStatic = body.kind() == DirectMethodHandleDesc.Kind.STATIC || body.kind() == DirectMethodHandleDesc.Kind.INTERFACE_STATIC;
        MethodTypeDesc called = MethodTypeDesc.ofDescriptor(body.lookupDescriptor());
        List<ClassDesc> wanted = new ArrayList<>(called.parameterList());
        if (constructs) {
            code.new_(body.owner()).dup();
        }
        else if (!isStatic) {
            wanted.addFirst(body.owner());
        }
        List<TypeKind> captured = site.captured();
        for (int i = 0; i < captured.size(); i++) {
            code.aload(0).getfield(self, field(captured, i), kept(captured.get(i)));
            convert(code, captured.get(i) == TypeKind.REFERENCE ? ConstantDescs.CD_Object : site.type().parameterType(i), site.type().parameterType(i), wanted.get(i));
        }
        for (int i = 0; i < site.erased().parameterCount(); i++) {
            code.loadLocal(TypeKind.from(site.erased().parameterType(i)), code.parameterSlot(i));
            convert(code, site.erased().parameterType(i), site.actual().parameterType(i), wanted.get(captured.size() + i));
        }
        switch (body.kind()) {
            case STATIC, INTERFACE_STATIC -> code.invokestatic(body.owner(), body.methodName(), called, body.isOwnerInterface());
            // "Special" is a private method of the host here, which a nest's member calls like any other.
            case VIRTUAL, SPECIAL -> code.invokevirtual(body.owner(), body.methodName(), called);
            case INTERFACE_VIRTUAL, INTERFACE_SPECIAL -> code.invokeinterface(body.owner(), body.methodName(), called);
            case CONSTRUCTOR -> code.invokespecial(body.owner(), ConstantDescs.INIT_NAME, called);
            case GETTER, SETTER, STATIC_GETTER, STATIC_SETTER -> throw new IllegalStateException("a lambda is a method, not " + body);
        }
        ClassDesc given = constructs ? body.owner() : called.returnType();
        ClassDesc returned = site.erased().returnType();
        if (TypeKind.from(returned) == TypeKind.VOID) {
            switch (TypeKind.from(given).slotSize()) {
                case 0 -> { }
                case 1 -> code.pop();
                default -> code.pop2();
            }
        }
        else {
            convert(code, given, given, returned);
        }
        code.return_(TypeKind.from(returned));
    }

    /**
     * @param from what is on the stack, as the erased method says
     * @param known what it is known to be
     * @param to what is asked for
     */
    private static void convert(CodeBuilder code, ClassDesc from, ClassDesc known, ClassDesc to)
    {
        if (from.isPrimitive() && to.isPrimitive()) {
            code.conversion(TypeKind.from(from), TypeKind.from(to));
        }
        else if (from.isPrimitive()) {
            code.invokestatic(StartUp.box(from), "valueOf", MethodTypeDesc.of(StartUp.box(from), from));
        }
        else if (to.isPrimitive()) {
            Optional<ClassDesc> content = StartUp.unboxed(known);
            ClassDesc primitive = content.orElse(to);
            ClassDesc box = StartUp.box(primitive);
            if (!from.equals(box)) {
                code.checkcast(box);
            }
            code.invokevirtual(box, primitive.displayName() + "Value", MethodTypeDesc.of(primitive));
            code.conversion(TypeKind.from(primitive), TypeKind.from(to));
        }
        else if (!to.equals(from) && !to.equals(ConstantDescs.CD_Object)) {
            code.checkcast(to);
        }
    }
}
