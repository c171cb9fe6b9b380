package io.jrunc.it;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import jnr.posix.CmsgHdr;
import jnr.posix.MsgHdr;
import jnr.posix.POSIX;
import jnr.posix.POSIXFactory;
import jnr.unixsocket.UnixDatagramChannel;
import jnr.unixsocket.UnixSocketAddress;

/**
 * The receiving end of NOTIFY_SOCKET: what was told, in order. Descriptors that come along are closed, as sd_notify(3) asks for.
 */
public final class ServiceManager implements AutoCloseable
{
    private static final POSIX POSIX = POSIXFactory.getNativePOSIX();
    private static final int SCM_RIGHTS = 1;

    private final UnixDatagramChannel channel;
    private final Path path;
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();

    private ServiceManager(UnixDatagramChannel channel, Path path)
    {
        this.channel = channel;
        this.path = path;
        Thread.ofPlatform().daemon().start(this::listen);
    }

    public static ServiceManager at(Path path)
    {
        try {
            return new ServiceManager(UnixDatagramChannel.open().bind(new UnixSocketAddress(path.toFile())), path);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public Path path()
    {
        return path;
    }

    /** The next message, with {@code +fd} behind it if a descriptor came with it. */
    public String next(Duration limit)
    {
        try {
            String message = told.poll(Patience.with(limit).toMillis(), TimeUnit.MILLISECONDS);
            if (message == null) {
                throw new AssertionError("nothing was told within " + limit);
            }
            return message;
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    public boolean silent()
    {
        return told.isEmpty();
    }

    private void listen()
    {
        while (channel.isOpen()) {
            MsgHdr message = POSIX.allocateMsgHdr();
            ByteBuffer bytes = ByteBuffer.allocateDirect(4096);
            message.setIov(new ByteBuffer[] {bytes});
            CmsgHdr control = message.allocateControl(4);
            control.setLevel(1);
            control.setType(SCM_RIGHTS);
            // Without a descriptor in the message this stays what it is.
            ByteBuffer none = ByteBuffer.allocateDirect(4).order(ByteOrder.nativeOrder());
            none.putInt(0, -1);
            control.setData(none);
            int length = POSIX.recvmsg(channel.getFD(), message, 0);
            if (length <= 0) {
                return;
            }
            byte[] text = new byte[length];
            bytes.get(0, text);
            told.add(new String(text, StandardCharsets.UTF_8) + (closeDescriptor(message) ? "+fd" : ""));
        }
    }

    private static boolean closeDescriptor(MsgHdr message)
    {
        if (message.getControlLen() == 0) {
            return false;
        }
        for (CmsgHdr each : message.getControls()) {
            if (each.getType() == SCM_RIGHTS && each.getLen() > 0 && each.getData() != null) {
                int fd = each.getData().order(ByteOrder.nativeOrder()).getInt(0);
                return fd > 2 && POSIX.close(fd) == 0;
            }
        }
        return false;
    }

    @Override
    public void close()
    {
        try {
            channel.close();
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
