package io.jrunc.host;

/** Words of /proc/PID/mountinfo. Source: proc(5). */
final class MountTable
{
    private MountTable() {}

    /** Blank, tab, newline and backslash stand there as a backslash and three octal digits. */
    static String unescape(String word)
    {
        if (word.indexOf('\\') < 0) {
            return word;
        }
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < word.length(); i++) {
            if (word.charAt(i) == '\\' && i + 3 < word.length()) {
                text.append((char) Integer.parseInt(word.substring(i + 1, i + 4), 8));
                i += 3;
            }
            else {
                text.append(word.charAt(i));
            }
        }
        return text.toString();
    }
}
