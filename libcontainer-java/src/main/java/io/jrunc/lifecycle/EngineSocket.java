package io.jrunc.lifecycle;

import io.jrunc.channel.Channel;
import io.jrunc.channel.Client;
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
         * Looks at who it is, and only then listens. May wait for as long as a launcher's hello may take: not for the thread that
         * accepts.
         *
         * @return a launcher that waits for the first word; empty = it is not the engine's equal and was told to ask another engine
         * @throws io.jrunc.channel.ChannelClosedException it said nothing, or what no launcher says
         */
        public Optional<Launcher> greet()
        {
            Optional<String> refusal;
            try (Client client = Client.at(socket)) {
                refusal = ClientIdentity.refusal(client.pid(), client.uid(), client.process());
            }
            catch (RuntimeException | Error e) {
                socket.close();
                throw e;
            }
            if (refusal.isPresent()) {
                turnAway(refusal.get());
                return Optional.empty();
            }
            return Optional.of(Launcher.over(socket));
        }

        /** Sends it to another engine. */
        public void turnAway(String reason)
        {
            Channel.turnAway(socket, Launcher.HELLO, reason);
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
