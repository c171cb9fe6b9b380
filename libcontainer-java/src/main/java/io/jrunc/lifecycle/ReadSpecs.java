package io.jrunc.lifecycle;

import io.jrunc.spec.Spec;
import io.jrunc.spec.SpecParser;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last configurations that were read, by their bytes. A container's own is read again by start, exec and delete, and a bundle
 * is often run again: a spec is an immutable value, so what is known need not be parsed. Bounded in number and size.
 */
final class ReadSpecs
{
    private static final int MOST = 16;
    private static final int LARGEST = 64 * 1024;

    /** The text itself, as equal hashes are not equal texts. */
    private record Text(byte[] bytes, int hash)
    {
        private Text(byte[] bytes)
        {
            this(bytes, Arrays.hashCode(bytes));
        }

        @Override
        public boolean equals(Object other)
        {
            return other instanceof Text text && hash == text.hash && Arrays.equals(bytes, text.bytes);
        }

        @Override
        public int hashCode()
        {
            return hash;
        }
    }

    private final Map<Text, Spec> known = new LinkedHashMap<>(MOST, 0.75f, true)
    {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Text, Spec> eldest)
        {
            return size() > MOST;
        }
    };

    /** As {@link SpecParser#parse}. A text with faults is read each time. */
    Spec parse(byte[] config)
    {
        if (config.length > LARGEST) {
            return SpecParser.parse(config);
        }
        Text text = new Text(config);
        synchronized (known) {
            Spec spec = known.get(text);
            if (spec != null) {
                return spec;
            }
        }
        Spec spec = SpecParser.parse(config);
        synchronized (known) {
            known.put(text, spec);
        }
        return spec;
    }

    int size()
    {
        synchronized (known) {
            return known.size();
        }
    }
}
