package io.jrunc.channel;

/** The launcher has gone, or broke the protocol: there is nobody left to give steps to. */
public final class ChannelClosedException extends RuntimeException
{
    public ChannelClosedException(String message)
    {
        super(message);
    }
}
