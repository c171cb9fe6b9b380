package io.jrunc.seccomp;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * The few classic BPF instructions that the prologue needs. Source: linux/filter.h, linux/bpf_common.h.
 */
final class Bpf
{
    static final int LOAD_WORD = 0x20;
    static final int JUMP = 0x05;
    static final int JUMP_EQUAL = 0x15;
    static final int JUMP_GREATER = 0x25;
    static final int JUMP_GREATER_OR_EQUAL = 0x35;
    static final int JUMP_ANY_BIT = 0x45;
    static final int RETURN = 0x06;

    /** Where struct seccomp_data keeps the number and the architecture. */
    static final int NUMBER_OFFSET = 0;
    static final int ARCH_OFFSET = 4;

    private Bpf() {}

    /**
     * One struct sock_filter.
     *
     * @param whenTrue instructions to skip, 0 to 255; likewise {@code whenFalse}
     * @param operand constant, offset, or for JUMP the instructions to skip, unsigned
     */
    record Instruction(int code, int whenTrue, int whenFalse, int operand)
    {
        Instruction
        {
            if ((whenTrue | whenFalse) >>> 8 != 0) {
                throw new IllegalArgumentException("a conditional jump over " + whenTrue + " or " + whenFalse + " instructions");
            }
        }
    }

    static Instruction load(int offset)
    {
        return new Instruction(LOAD_WORD, 0, 0, offset);
    }

    static Instruction jump(int distance)
    {
        return new Instruction(JUMP, 0, 0, distance);
    }

    static Instruction test(int code, int operand, int whenTrue, int whenFalse)
    {
        return new Instruction(code, whenTrue, whenFalse, operand);
    }

    static Instruction answer(int action)
    {
        return new Instruction(RETURN, 0, 0, action);
    }

    /** The instructions as the kernel of this machine reads them, followed by {@code rest}. */
    static byte[] prepend(List<Instruction> instructions, byte[] rest)
    {
        ByteBuffer out = ByteBuffer
                .allocate(instructions.size() * SeccompProgram.INSTRUCTION_SIZE + rest.length)
                .order(ByteOrder.nativeOrder());
        for (Instruction instruction : instructions) {
            out.putShort((short) instruction.code())
                    .put((byte) instruction.whenTrue())
                    .put((byte) instruction.whenFalse())
                    .putInt(instruction.operand());
        }
        return out.put(rest).array();
    }
}
