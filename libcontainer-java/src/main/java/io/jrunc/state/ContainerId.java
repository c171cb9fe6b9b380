package io.jrunc.state;

import io.jrunc.error.UsageException;

/**
 * A container's name: one or more of {@code A-Z a-z 0-9 _ + . -}, neither {@code .} nor {@code ..}, so that it is a file name.
 *
 * @param text 1 to 1024 bytes
 */
public record ContainerId(String text)
{
    /** @throws UsageException with the words that managers know */
    public ContainerId
    {
        if (text.isEmpty()) {
            throw new UsageException("container id cannot be empty");
        }
        if (!valid(text)) {
            throw new UsageException("invalid container ID format: " + text);
        }
    }

    /** True for what the constructor accepts. */
    public static boolean valid(String text)
    {
        return !text.isEmpty() && text.length() <= 1024 && !text.equals(".") && !text.equals("..") && consistsOfAllowed(text);
    }

    private static boolean consistsOfAllowed(String text)
    {
        for (int i = 0; i < text.length(); i++) {
            if (!allowed(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean allowed(char c)
    {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '+' || c == '.' || c == '-';
    }

    @Override
    public String toString()
    {
        return text;
    }
}
