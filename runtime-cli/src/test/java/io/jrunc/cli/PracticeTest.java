package io.jrunc.cli;

import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicInteger;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

class PracticeTest
{
    @Test
    void aRoundGoesThroughToItsEnd()
    {
        assertThatCode(() -> new Practice().round()).doesNotThrowAnyException();
    }

    @Test
    void aCallerComesFirstAndLeavingEndsIt()
    {
        AtomicInteger asked = new AtomicInteger();
        new Practice().often(() -> false, () -> asked.incrementAndGet() > 3);
        assertThat(asked).hasValue(4);
    }
}
