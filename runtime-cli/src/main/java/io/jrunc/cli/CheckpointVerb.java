package io.jrunc.cli;

import io.jrunc.error.UsageException;
import io.jrunc.lifecycle.CheckpointRequest;

import java.util.OptionalInt;

/**
 * {@code jrunc checkpoint [options] ID}.
 */
final class CheckpointVerb implements Verb
{
    @Override
    public Words words()
    {
        return CriuOptions.add(Words.command("checkpoint", Verbs.summary("checkpoint"))
                .synopsis("[command options] <container-id>")
                .about("Saves the running container with criu, and removes it unless it is to go on.")
                .exactly(1))
                .text("--parent-path", "images of an earlier --pre-dump, relative to the image path")
                .flag("--leave-running", "let the container go on afterwards")
                .flag("--tcp-skip-in-flight", "leave out TCP connections that are being made")
                .flag("--link-remap", "save files without a name by a link, where possible")
                .number("--status-fd", "descriptor that gets a zero byte once lazy pages are served")
                .text("--page-server", "address:port of the page server")
                .flag("--pre-dump", "save the memory only, and let the container go on");
    }

    @Override
    public OptionalInt run(Call call)
    {
        Parsed parsed = call.parsed();
        CheckpointRequest request = new CheckpointRequest(call.id(), CriuOptions.choices(call), parsed.text("--parent-path").filter(text -> !text.isEmpty()),
                parsed.flag("--leave-running"), parsed.flag("--tcp-skip-in-flight"), parsed.flag("--link-remap"), statusFd(parsed),
                parsed.text("--page-server").filter(text -> !text.isEmpty()).map(CheckpointVerb::pageServer), parsed.flag("--pre-dump"));
        call.containers().checkpoint(request);
        return DONE;
    }

    /** -1, the default, is none. */
    private static OptionalInt statusFd(Parsed parsed)
    {
        long number = parsed.number("--status-fd").orElse(-1);
        return number == -1 ? OptionalInt.empty() : OptionalInt.of((int) Math.clamp(number, Integer.MIN_VALUE, Integer.MAX_VALUE));
    }

    /** {@code 192.0.2.1:9876}, {@code [2001:db8::1]:9876}. */
    private static CheckpointRequest.PageServer pageServer(String text)
    {
        int colon = text.lastIndexOf(':');
        String address = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = address.startsWith("[") && address.endsWith("]");
        String bare = bracketed ? address.substring(1, address.length() - 1) : address;
        if (bare.isEmpty() || colon == text.length() - 1 || bare.contains(":") && !bracketed) {
            throw new UsageException("Use --page-server ADDRESS:PORT to specify page server");
        }
        try {
            int port = Integer.parseInt(text.substring(colon + 1));
            if (port > 0 && port < 1 << 16) {
                return new CheckpointRequest.PageServer(bare, port);
            }
        }
        catch (NumberFormatException e) {
            // The same complaint as of a number that is no port.
        }
        throw new UsageException("Invalid port number");
    }
}
