package io.jrunc.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;

/**
 * How a command ended.
 *
 * @param exit its exit code
 * @param out all of its standard output
 * @param err all of its standard error
 */
public record Outcome(List<String> command, int exit, String out, String err)
{
    public Outcome expectSuccess()
    {
        assertThat(exit).as("exit code of %s%nstdout: %s%nstderr: %s", command, out, err).isZero();
        return this;
    }

    public Outcome expectExit(int code)
    {
        assertThat(exit).as("exit code of %s%nstdout: %s%nstderr: %s", command, out, err).isEqualTo(code);
        return this;
    }

    /** It failed, and its error has these words. */
    public Outcome expectFailure(String... words)
    {
        assertThat(exit).as("exit code of %s%nstdout: %s%nstderr: %s", command, out, err).isNotZero();
        assertThat(err).contains(words);
        return this;
    }
}
