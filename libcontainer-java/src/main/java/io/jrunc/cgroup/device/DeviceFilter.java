package io.jrunc.cgroup.device;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;

/**
 * A device policy as a program of type {@code BPF_PROG_TYPE_CGROUP_DEVICE}: returns 1 to permit, 0 to refuse.
 *
 * <p>One block per exception, tried in turn, then the default. In deny-by-default mode an access is permitted when a
 * single rule grants all of it; in allow-by-default mode it is refused when a rule denies any of it. This is how the
 * v1 kernel matches (security/device_cgroup.c), so one policy means the same on both.
 *
 * <p>Source: linux/bpf.h {@code struct bpf_cgroup_dev_ctx}; needs JMP32 (Linux 5.1).
 */
public final class DeviceFilter
{
    private static final int LOAD_WORD = 0x61;
    private static final int AND_32 = 0x54;
    private static final int SHIFT_RIGHT_32 = 0x74;
    private static final int MOVE_32 = 0xb4;
    private static final int MOVE_32_FROM = 0xbc;
    private static final int JUMP_UNLESS_EQUAL_32 = 0x56;
    private static final int JUMP_IF_EQUAL_32 = 0x16;
    private static final int EXIT = 0x95;

    /** Registers: the verdict, the context (later scratch), and the four facts about the access. */
    private static final int VERDICT = 0;
    private static final int CONTEXT = 1;
    private static final int SCRATCH = 1;
    private static final int TYPE = 2;
    private static final int ACCESS = 3;
    private static final int MAJOR = 4;
    private static final int MINOR = 5;

    private static final int BLOCK_DEVICE = 1;
    private static final int CHAR_DEVICE = 2;

    private static final int PROLOGUE = 6;
    private static final int LONGEST_BLOCK = 8;
    private static final int EPILOGUE = 2;
    private static final int INSTRUCTION_SIZE = 8;

    private final ByteBuffer code;

    private DeviceFilter(int exceptions)
    {
        code = ByteBuffer.allocate((PROLOGUE + exceptions * LONGEST_BLOCK + EPILOGUE) * INSTRUCTION_SIZE).order(ByteOrder.nativeOrder());
    }

    /** The program, 8 bytes an instruction, in the machine's byte order. */
    public static byte[] compile(DeviceRules rules)
    {
        DeviceFilter filter = new DeviceFilter(rules.exceptions().size());
        filter.prologue();
        for (Map.Entry<DeviceNumbers, AccessBits> exception : rules.exceptions().entrySet()) {
            filter.block(exception.getKey(), exception.getValue(), !rules.defaultAllow());
        }
        filter.verdict(rules.defaultAllow());
        byte[] program = new byte[filter.code.position()];
        filter.code.flip().get(program);
        return program;
    }

    private void prologue()
    {
        emit(LOAD_WORD, TYPE, CONTEXT, 0, 0);
        emit(AND_32, TYPE, 0, 0, 0xffff);
        emit(LOAD_WORD, ACCESS, CONTEXT, 0, 0);
        emit(SHIFT_RIGHT_32, ACCESS, 0, 0, 16);
        emit(LOAD_WORD, MAJOR, CONTEXT, 4, 0);
        emit(LOAD_WORD, MINOR, CONTEXT, 8, 0);
    }

    private void block(DeviceNumbers devices, AccessBits access, boolean allow)
    {
        boolean anyAccess = access.equals(AccessBits.ALL);
        boolean anyMajor = devices.major() == DeviceNumbers.ANY;
        boolean anyMinor = devices.minor() == DeviceNumbers.ANY;
        // Instructions left to skip after the jump of the moment; two of them give the verdict.
        int left = 2 + (anyAccess ? 0 : 3) + (anyMajor ? 0 : 1) + (anyMinor ? 0 : 1);
        emit(JUMP_UNLESS_EQUAL_32, TYPE, 0, left, devices.kind() == DeviceKind.BLOCK ? BLOCK_DEVICE : CHAR_DEVICE);
        if (!anyAccess) {
            emit(MOVE_32_FROM, SCRATCH, ACCESS, 0, 0);
            // Allowing asks for no access beyond the rule's; denying for any access among them.
            emit(AND_32, SCRATCH, 0, 0, allow ? AccessBits.ALL.minus(access).bits() : access.bits());
            left -= 3;
            emit(allow ? JUMP_UNLESS_EQUAL_32 : JUMP_IF_EQUAL_32, SCRATCH, 0, left, 0);
        }
        if (!anyMajor) {
            emit(JUMP_UNLESS_EQUAL_32, MAJOR, 0, --left, (int) devices.major());
        }
        if (!anyMinor) {
            emit(JUMP_UNLESS_EQUAL_32, MINOR, 0, --left, (int) devices.minor());
        }
        verdict(allow);
    }

    private void verdict(boolean allow)
    {
        emit(MOVE_32, VERDICT, 0, 0, allow ? 1 : 0);
        emit(EXIT, 0, 0, 0, 0);
    }

    private void emit(int code, int target, int source, int offset, int immediate)
    {
        this.code.put((byte) code).put((byte) (source << 4 | target)).putShort((short) offset).putInt(immediate);
    }
}
