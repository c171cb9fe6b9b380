package io.jrunc.cli;

import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.function.Supplier;

/**
 * Grammars of commands that nobody uses now. To build picocli's model takes longer than to read a command line with it, and a model
 * holds the values of the line that it read: so each is for one command at a time, and for the next one afterwards.
 */
final class Lexicon
{
    /** Of each command; more come only while so many run at once, and go again. */
    private static final int KEPT = 4;

    private static final Map<String, Deque<Words>> IDLE = new ConcurrentHashMap<>();

    private Lexicon()
    {
    }

    static Words take(String name, Supplier<Words> make)
    {
        Deque<Words> idle = IDLE.get(name);
        Words words = idle == null ? null : idle.pollFirst();
        return words == null ? make.get() : words;
    }

    /** From here on nobody looks at what was read with it. */
    static void giveBack(String name, Words words)
    {
        Deque<Words> idle = IDLE.computeIfAbsent(name, ignored -> new ConcurrentLinkedDeque<>());
        if (idle.size() < KEPT) {
            idle.addFirst(words);
        }
    }
}
