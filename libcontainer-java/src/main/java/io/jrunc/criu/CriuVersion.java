package io.jrunc.criu;

/**
 * Which criu it is.
 *
 * @param between built from its sources after that version: nearer to the next one
 */
public record CriuVersion(int major, int minor, int patch, boolean between)
{
    public boolean atLeast(int wantedMajor, int wantedMinor)
    {
        int have = major * 1000 + minor + (between ? 1 : 0);
        return have >= wantedMajor * 1000 + wantedMinor;
    }

    /** E.g. {@code 3.17.1}. */
    public String text()
    {
        return major + "." + minor + (patch == 0 ? "" : "." + patch) + (between ? " (and later changes)" : "");
    }
}
