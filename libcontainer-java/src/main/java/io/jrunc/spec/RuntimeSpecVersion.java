package io.jrunc.spec;

import io.jrunc.error.SpecException;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The version of the OCI runtime specification that a bundle follows: SemVer 2.0.0, at least 1.0.0, below 2.0.0.
 * Source: OCI config.md#specification-version.
 *
 * @param text as written, e.g. {@code 1.2.0-dev}
 */
public record RuntimeSpecVersion(String text)
{
    /** The newest version that jrunc implements. */
    public static final RuntimeSpecVersion SUPPORTED = new RuntimeSpecVersion("1.3.0");
    /** The oldest version that jrunc accepts. */
    public static final RuntimeSpecVersion OLDEST = new RuntimeSpecVersion("1.0.0");

    private static final class Form
    {
        private static final String NUMBER = "(0|[1-9][0-9]*)";
        private static final String PRE = "(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)";
        static final Pattern SEMVER = Pattern.compile(NUMBER + "\\." + NUMBER + "\\." + NUMBER + "(-" + PRE + "(?:\\." + PRE + ")*)?"
                + "(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?");
    }

    /** Characters; the form has no limit, and looking for it takes as much of the stack as the text is long. */
    private static final int LONGEST = 256;

    public RuntimeSpecVersion
    {
        if (text.length() > LONGEST) {
            throw new SpecException("", Problems.quote(text) + " is not a version: it is longer than " + LONGEST + " characters");
        }
        Matcher matcher = Form.SEMVER.matcher(text);
        if (!matcher.matches()) {
            throw new SpecException("", Problems.quote(text) + " is not a version in SemVer 2.0.0 form");
        }
        boolean preOfFirst = matcher.group(2).equals("0") && matcher.group(3).equals("0") && matcher.group(4) != null;
        if (!matcher.group(1).equals("1") || preOfFirst) {
            throw new SpecException("", "version " + Problems.quote(text) + " is not supported: must be at least 1.0.0 and below 2.0.0");
        }
    }

    @Override
    public String toString()
    {
        return text;
    }
}
