package io.jrunc.cli;

import java.nio.file.Path;

/**
 * The option {@code --bundle}: the caller's directory unless given.
 */
final class BundleOption
{
    private BundleOption()
    {
    }

    static Words add(Words words)
    {
        return words.text("--bundle, -b", "the bundle's directory, by default the current one");
    }

    static Path of(Call call)
    {
        return call.caller().path(call.parsed().text("--bundle").orElse("")).normalize();
    }
}
