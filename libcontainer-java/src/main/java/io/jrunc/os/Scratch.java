package io.jrunc.os;

import io.jrunc.error.BugException;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Native memory for the arguments of one call. Each thread has one block, used from its start again by each call.
 */
final class Scratch implements AutoCloseable
{
    /** Room for a whole frame with its control message, twice. */
    private static final int SIZE = 192 * 1024;
    private static final int ALIGN = 16;
    private static final ThreadLocal<Scratch> OURS = ThreadLocal.withInitial(Scratch::new);

    /** Memory of a thread that may have ended. Not a buffer's own, which would be cleared, and so be used, to its last page. */
    private static final class Block extends PhantomReference<Scratch>
    {
        private final long address;

        private Block(Scratch scratch)
        {
            super(scratch, ENDED);
            address = scratch.address;
        }
    }

    private static final ReferenceQueue<Scratch> ENDED = new ReferenceQueue<>();
    private static final Set<Block> BLOCKS = ConcurrentHashMap.newKeySet();

    private final long address;
    private final ByteBuffer block;
    private int used;
    private int depth;

    private Scratch()
    {
        freeEnded();
        address = Kernel.MEMORY.allocateMemory(SIZE, false);
        if (address == 0) {
            throw new OutOfMemoryError("no native memory for a thread");
        }
        block = Kernel.MEMORY.newDirectByteBuffer(address, SIZE).order(ByteOrder.nativeOrder());
        BLOCKS.add(new Block(this));
    }

    private static void freeEnded()
    {
        for (Reference<? extends Scratch> next = ENDED.poll(); next != null; next = ENDED.poll()) {
            Block ended = (Block) next;
            BLOCKS.remove(ended);
            Kernel.MEMORY.freeMemory(ended.address);
        }
    }

    /** How many blocks there are: of threads, and of some that have ended. */
    static int held()
    {
        return BLOCKS.size();
    }

    /** This thread's block; close() gives back what was taken since. Nests. */
    static Scratch open()
    {
        Scratch scratch = OURS.get();
        scratch.depth++;
        return scratch;
    }

    @Override
    public void close()
    {
        if (--depth == 0) {
            used = 0;
        }
    }

    /** Takes {@code size} zeroed bytes; returns their offset. */
    int take(int size)
    {
        int at = room(size);
        Kernel.MEMORY.setMemory(address + at, used - at, (byte) 0);
        return at;
    }

    /** Takes {@code size} bytes as they are, for what the kernel fills and tells the length of; returns their offset. */
    int room(int size)
    {
        int at = used;
        int end = at + (size + ALIGN - 1 & -ALIGN);
        if (size < 0 || end > SIZE) {
            throw new BugException("a foreign call wants " + size + " bytes at once");
        }
        used = end;
        return at;
    }

    /** Copies a string in, NUL ended. Returns its address. */
    long string(String text)
    {
        return address(bytes(terminated(text)));
    }

    /** @throws BugException when the text holds a NUL: C would see another, shorter one */
    static byte[] terminated(String text)
    {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        for (byte b : bytes) {
            if (b == 0) {
                throw new BugException("a string for the kernel holds a NUL byte: " + text.replace('\0', '?'));
            }
        }
        return java.util.Arrays.copyOf(bytes, bytes.length + 1);
    }

    /** Copies bytes in; returns their offset. */
    int bytes(byte[] bytes)
    {
        int at = room(bytes.length);
        block.put(at, bytes);
        return at;
    }

    void put(int offset, byte[] bytes, int length)
    {
        block.put(offset, bytes, 0, length);
    }

    long address(int offset)
    {
        return address + offset;
    }

    byte[] copy(int offset, int length)
    {
        byte[] bytes = new byte[length];
        block.get(offset, bytes);
        return bytes;
    }

    int getInt(int offset)
    {
        return block.getInt(offset);
    }

    long getLong(int offset)
    {
        return block.getLong(offset);
    }

    int getShort(int offset)
    {
        return block.getShort(offset) & 0xffff;
    }

    void putInt(int offset, int value)
    {
        block.putInt(offset, value);
    }

    void putLong(int offset, long value)
    {
        block.putLong(offset, value);
    }

    void putShort(int offset, int value)
    {
        block.putShort(offset, (short) value);
    }
}
