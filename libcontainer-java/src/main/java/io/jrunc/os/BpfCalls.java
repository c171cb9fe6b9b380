package io.jrunc.os;

/**
 * bpf(2), as far as device filters need it.
 *
 * <p><b>Errors</b>: {@link io.jrunc.error.ErrnoException}; EPERM = not allowed here.
 */
public final class BpfCalls
{
    private static final int PROG_LOAD = 5;
    private static final int PROG_ATTACH = 8;
    private static final int PROG_DETACH = 9;
    private static final int PROG_GET_FD_BY_ID = 13;
    private static final int PROG_QUERY = 16;
    private static final int ATTRIBUTES = 128;

    private BpfCalls() {}

    /** Loads a program. @param instructions struct bpf_insn array, 8 bytes each */
    public static Fd load(int type, byte[] instructions, String licence, String name)
    {
        try (Scratch scratch = Scratch.open()) {
            int attributes = scratch.take(ATTRIBUTES);
            scratch.putInt(attributes, type);
            scratch.putInt(attributes + 4, instructions.length / 8);
            scratch.putLong(attributes + 8, scratch.address(scratch.bytes(instructions)));
            scratch.putLong(attributes + 16, scratch.string(licence));
            byte[] label = name.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
            for (int i = 0; i < Math.min(label.length, 15); i++) {
                int word = attributes + 48 + (i & ~3);
                scratch.putInt(word, scratch.getInt(word) | (label[i] & 0xff) << 8 * (i & 3));
            }
            return Fd.adopt(call("BPF_PROG_LOAD", PROG_LOAD, scratch, attributes));
        }
    }

    /** @param flags BPF_F_*; @param replace the program to replace, with BPF_F_REPLACE */
    public static void attach(Fd target, Fd program, int type, int flags, java.util.Optional<Fd> replace)
    {
        try (Scratch scratch = Scratch.open()) {
            int attributes = attachment(scratch, target, program, type);
            scratch.putInt(attributes + 12, flags);
            scratch.putInt(attributes + 16, replace.map(Fd::raw).orElse(0));
            call("BPF_PROG_ATTACH", PROG_ATTACH, scratch, attributes);
        }
    }

    public static void detach(Fd target, Fd program, int type)
    {
        try (Scratch scratch = Scratch.open()) {
            call("BPF_PROG_DETACH", PROG_DETACH, scratch, attachment(scratch, target, program, type));
        }
    }

    /** The ids of the programs attached directly to a target, at most 64. */
    public static int[] attached(Fd target, int type)
    {
        try (Scratch scratch = Scratch.open()) {
            int ids = scratch.take(4 * 64);
            int attributes = scratch.take(ATTRIBUTES);
            scratch.putInt(attributes, target.raw());
            scratch.putInt(attributes + 4, type);
            scratch.putLong(attributes + 16, scratch.address(ids));
            scratch.putInt(attributes + 24, 64);
            call("BPF_PROG_QUERY", PROG_QUERY, scratch, attributes);
            int[] found = new int[scratch.getInt(attributes + 24)];
            for (int i = 0; i < found.length; i++) {
                found[i] = scratch.getInt(ids + 4 * i);
            }
            return found;
        }
    }

    public static Fd byId(int id)
    {
        try (Scratch scratch = Scratch.open()) {
            int attributes = scratch.take(ATTRIBUTES);
            scratch.putInt(attributes, id);
            return Fd.adopt(call("BPF_PROG_GET_FD_BY_ID", PROG_GET_FD_BY_ID, scratch, attributes));
        }
    }

    private static int attachment(Scratch scratch, Fd target, Fd program, int type)
    {
        int attributes = scratch.take(ATTRIBUTES);
        scratch.putInt(attributes, target.raw());
        scratch.putInt(attributes + 4, program.raw());
        scratch.putInt(attributes + 8, type);
        return attributes;
    }

    private static int call(String name, int command, Scratch scratch, int attributes)
    {
        return (int) Kernel.call("bpf", name, Nr.BPF, command, scratch.address(attributes), ATTRIBUTES);
    }
}
