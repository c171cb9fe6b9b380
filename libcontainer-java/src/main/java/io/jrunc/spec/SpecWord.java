package io.jrunc.spec;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** A constant that config.json names by a fixed word. Implemented by enums only. */
public interface SpecWord
{
    /** Returns the word exactly as it stands in config.json. */
    String word();

    /** Finds the constant whose word this is; words are case-sensitive. */
    static <E extends SpecWord> Optional<E> find(E[] constants, String word)
    {
        for (E constant : constants) {
            if (constant.word().equals(word)) {
                return Optional.of(constant);
            }
        }
        return Optional.empty();
    }

    /** Returns the words of all constants, sorted, as {@code features} prints them. */
    static List<String> sortedWords(SpecWord[] constants)
    {
        return Arrays.stream(constants).map(SpecWord::word).sorted().toList();
    }
}
