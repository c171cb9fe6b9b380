package io.jrunc.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Decides a system call as the kernel would with a program, without loading it. Refuses what the kernel refuses: jumps out of
 * the program, loads outside struct seccomp_data, a program without an end. Knows the instructions that seccomp programs use.
 */
final class BpfSimulator
{
    private static final int DATA_SIZE = 64;

    private final ByteBuffer program;
    private final int length;
    private int steps;

    BpfSimulator(byte[] bpf)
    {
        this.program = ByteBuffer.wrap(bpf).order(ByteOrder.nativeOrder());
        this.length = bpf.length / 8;
    }

    /** For example {@code ALLOW}, {@code ERRNO(1)}, {@code KILL_THREAD}. */
    String decide(int auditArch, int number, long... arguments)
    {
        ByteBuffer data = ByteBuffer.allocate(DATA_SIZE).order(ByteOrder.nativeOrder());
        data.putInt(number).putInt(auditArch).putLong(0x7f0000001000L);
        for (long argument : arguments) {
            data.putLong(argument);
        }
        return word(run(data));
    }

    /** Instructions executed for a call without arguments. */
    int steps(int auditArch, int number)
    {
        decide(auditArch, number);
        return steps;
    }

    private int run(ByteBuffer data)
    {
        steps = 0;
        int accumulator = 0;
        int at = 0;
        while (at < length) {
            int code = program.getShort(at * 8) & 0xffff;
            int whenTrue = program.get(at * 8 + 2) & 0xff;
            int whenFalse = program.get(at * 8 + 3) & 0xff;
            int operand = program.getInt(at * 8 + 4);
            at++;
            steps++;
            switch (code) {
                case 0x20 -> accumulator = data.getInt(aligned(operand));
                case 0x00 -> accumulator = operand;
                case 0x54 -> accumulator &= operand;
                case 0x44 -> accumulator |= operand;
                case 0x05 -> at = Math.addExact(at, operand);
                case 0x15 -> at += accumulator == operand ? whenTrue : whenFalse;
                case 0x25 -> at += Integer.compareUnsigned(accumulator, operand) > 0 ? whenTrue : whenFalse;
                case 0x35 -> at += Integer.compareUnsigned(accumulator, operand) >= 0 ? whenTrue : whenFalse;
                case 0x45 -> at += (accumulator & operand) != 0 ? whenTrue : whenFalse;
                case 0x06 -> {
                    return operand;
                }
                default -> throw new AssertionError("instruction " + (at - 1) + " has unknown code 0x" + Integer.toHexString(code));
            }
        }
        throw new AssertionError("the program runs past its end, to instruction " + at + " of " + length);
    }

    private static int aligned(int offset)
    {
        if (offset % 4 != 0 || offset < 0 || offset >= DATA_SIZE) {
            throw new AssertionError("load from offset " + offset);
        }
        return offset;
    }

    private static String word(int action)
    {
        int data = action & 0xffff;
        return switch (action & 0xffff0000) {
            case 0x80000000 -> "KILL_PROCESS";
            case 0x00000000 -> "KILL_THREAD";
            case 0x00030000 -> "TRAP";
            case 0x00050000 -> "ERRNO(" + data + ")";
            case 0x7fc00000 -> "NOTIFY";
            case 0x7ff00000 -> "TRACE(" + data + ")";
            case 0x7ffc0000 -> "LOG";
            case 0x7fff0000 -> "ALLOW";
            default -> throw new AssertionError("action 0x" + Integer.toHexString(action));
        };
    }
}
