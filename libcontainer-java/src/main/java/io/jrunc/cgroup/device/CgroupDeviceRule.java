package io.jrunc.cgroup.device;

import java.util.StringTokenizer;

/**
 * One rule in the kernel's words.
 *
 * @param allow true = allow, false = deny
 */
public record CgroupDeviceRule(boolean allow, DeviceNumbers devices, AccessBits access)
{
    public CgroupDeviceRule
    {
        if (access.isEmpty()) {
            throw new IllegalArgumentException("device access cannot be empty");
        }
    }

    /** @param text as cgroup v1 writes it, e.g. {@code "c 136:* rwm"} or {@code "a"} */
    public static CgroupDeviceRule allow(String text)
    {
        return parse(true, text);
    }

    /** @param text as cgroup v1 writes it, e.g. {@code "b 8:* m"} or {@code "a"} */
    public static CgroupDeviceRule deny(String text)
    {
        return parse(false, text);
    }

    /** Every device, every access. */
    static CgroupDeviceRule everything(boolean allow)
    {
        return new CgroupDeviceRule(allow, new DeviceNumbers(DeviceKind.ALL, DeviceNumbers.ANY, DeviceNumbers.ANY), AccessBits.ALL);
    }

    boolean isEverything()
    {
        return devices.kind() == DeviceKind.ALL;
    }

    /** What {@code devices.allow} or {@code devices.deny} takes: {@code c 1:3 rwm}. */
    public String line()
    {
        return devices + " " + access;
    }

    @Override
    public String toString()
    {
        return (allow ? "allow " : "deny ") + line();
    }

    static CgroupDeviceRule parse(boolean allow, String text)
    {
        StringTokenizer words = new StringTokenizer(text, " :\n");
        int count = words.countTokens();
        String kind = count == 0 ? "" : words.nextToken();
        if (kind.equals("a")) {
            // Whatever follows: the kernel reads no further than the letter either.
            return everything(allow);
        }
        if (count != 4 || kind.length() != 1) {
            throw new IllegalArgumentException("malformed device rule \"" + text + "\"");
        }
        return new CgroupDeviceRule(allow,
                new DeviceNumbers(DeviceKind.of(kind.charAt(0)), number(words.nextToken()), number(words.nextToken())),
                AccessBits.of(words.nextToken()));
    }

    private static long number(String word)
    {
        return word.equals("*") ? DeviceNumbers.ANY : Long.parseUnsignedLong(word);
    }
}
