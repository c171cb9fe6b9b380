package io.jrunc.cli;

import io.jrunc.error.UsageException;

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
        CriuOptions.of(call);
        throw new UsageException("checkpoint is not part of this version of jrunc");
    }
}
