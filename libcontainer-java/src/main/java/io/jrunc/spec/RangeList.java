package io.jrunc.spec;

import io.jrunc.error.SpecException;

import java.util.ArrayList;
import java.util.List;

/**
 * A set of CPUs or NUMA nodes written as ranges, {@code "0-3,7"}, the list format of cpuset(7). Spaces around elements and empty
 * elements are tolerated. Never empty.
 */
public record RangeList(List<Range> ranges)
{
    /** Higher numbers are refused, so that a slip of the pen does not allocate an endless mask. */
    public static final int MAX = 64 * 1024;

    /** Both ends belong to the range. */
    public record Range(int first, int last)
    {
        public Range
        {
            if (first < 0 || last > MAX) {
                throw new SpecException("", "values larger than " + MAX + " are not supported");
            }
            if (first > last) {
                throw new SpecException("", "invalid range: " + first + "-" + last);
            }
        }
    }

    public RangeList
    {
        ranges = List.copyOf(ranges);
        if (ranges.isEmpty()) {
            throw new SpecException("", "no members found in set");
        }
    }

    /** @throws SpecException if the text is not such a list, has no member, or a number above {@link #MAX} */
    public static RangeList parse(String text)
    {
        List<Range> ranges = new ArrayList<>();
        for (String element : text.split(",", -1)) {
            String range = element.strip();
            if (range.isEmpty()) {
                continue;
            }
            int dash = range.indexOf('-');
            int first = number(dash < 0 ? range : range.substring(0, dash));
            ranges.add(new Range(first, dash < 0 ? first : number(range.substring(dash + 1))));
        }
        return new RangeList(ranges);
    }

    private static int number(String digits)
    {
        if (digits.isEmpty() || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw new SpecException("", Problems.quote(digits) + " is not a number");
        }
        String significant = digits.replaceFirst("^0+(?=.)", "");
        if (significant.length() > 5 || Integer.parseInt(significant) > MAX) {
            throw new SpecException("", "values larger than " + MAX + " are not supported");
        }
        return Integer.parseInt(significant);
    }

    /** The highest member. */
    public int highest()
    {
        return ranges.stream().mapToInt(Range::last).max().orElseThrow();
    }

    /**
     * The set as the kernel's bit mask: bit n%8 of byte n/8 is member n; the length is a multiple of 8 bytes.
     * {@code "0-3,8" → 0f 01 00 00 00 00 00 00}
     */
    public byte[] mask()
    {
        byte[] mask = new byte[(highest() / 64 + 1) * 8];
        for (Range range : ranges) {
            for (int i = range.first(); i <= range.last(); i++) {
                mask[i / 8] |= (byte) (1 << i % 8);
            }
        }
        return mask;
    }

    /** How many members there are. */
    public int count()
    {
        int count = 0;
        for (byte b : mask()) {
            count += Integer.bitCount(b & 0xff);
        }
        return count;
    }

    /** The list in its plain form, {@code "0-3,7"}. */
    @Override
    public String toString()
    {
        StringBuilder out = new StringBuilder();
        for (Range range : ranges) {
            out.append(out.isEmpty() ? "" : ",").append(range.first());
            if (range.last() != range.first()) {
                out.append('-').append(range.last());
            }
        }
        return out.toString();
    }
}
