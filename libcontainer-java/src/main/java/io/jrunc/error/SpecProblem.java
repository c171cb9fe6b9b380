package io.jrunc.error;

/**
 * One fault of a config.json.
 *
 * @param path where it stands, e.g. {@code "linux.namespaces[2].type"}; empty = the file as a whole
 * @param message what is wrong with it, one line
 */
public record SpecProblem(String path, String message)
{
    @Override
    public String toString()
    {
        return path.isEmpty() ? message : path + ": " + message;
    }
}
