package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Listener;
import io.jrunc.host.ClientIdentity;
import io.jrunc.os.Fd;

import java.time.Duration;
import java.util.Optional;

/**
 * Where launchers come in to a resident engine.
 */
public final class EngineSocket implements AutoCloseable
{
    /** Somebody who has connected and has not said who it is yet. */
    public static final class Visitor
    {
        private final Fd socket;

        private Visitor(Fd socket)
        {
            this.socket = socket;
        }

        /**
         * Hears who it is. May wait for as long as a launcher's hello may take: not for the thread that accepts.
         *
         * @return empty = it is not the engine's equal and was told to ask another engine
         * @throws io.jrunc.channel.ChannelClosedException it said nothing, or what no launcher says
         */
        public Optional<Launcher> greet()
        {
            Launcher launcher = Launcher.over(socket);
            Channel channel = launcher.channel();
            // The kernel's word on who it is, not its own.
            Optional<String> refusal = ClientIdentity.refusal(channel.peer().pid(), channel.peer().uid());
            if (refusal.isEmpty()) {
                channel.accept();
                return Optional.of(launcher);
            }
            try (launcher) {
                channel.refuse(refusal.get());
            }
            return Optional.empty();
        }

        /** Hears it out and sends it to another engine. */
        public void turnAway(String reason)
        {
            try (Launcher launcher = Launcher.over(socket)) {
                launcher.channel().refuse(reason);
            }
        }
    }

    private final Listener listener;

    private EngineSocket(Listener listener)
    {
        this.listener = listener;
    }

    /** Takes over a listening socket that was inherited. */
    public static EngineSocket inherited(int number)
    {
        return new EngineSocket(Listener.inherited(number));
    }

    /** The next one who comes; empty when nobody did in time, or after {@link #stop()}. */
    public Optional<Visitor> accept(Duration patience)
    {
        return listener.accept(patience).map(Visitor::new);
    }

    /** Nobody comes in any more; wakes {@link #accept}. From any thread. */
    public void stop()
    {
        listener.stop();
    }

    @Override
    public void close()
    {
        listener.close();
    }
}
