package io.jrunc.plan;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.DictionaryFile;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.jrunc.error.BugException;
import io.jrunc.error.JruncException;
import io.jrunc.error.SpecException;
import io.jrunc.error.SpecProblem;
import io.jrunc.plan.RunOptions.Start;
import io.jrunc.plan.RunOptions.Stdio;
import io.jrunc.spec.Spec;
import io.jrunc.spec.SpecParser;
import io.jrunc.spec.SpecValidator;
import java.util.List;
import java.util.Optional;

/**
 * Whatever bytes a config.json has, they become plans or errors that say where.
 *
 * <p>In an ordinary run each file under {@code resources/io/jrunc/plan/ConfigFuzzTestInputs} is tried once. With
 * {@code JAZZER_FUZZ=1} new ones are made from them for the time that is given here; {@code scripts/test} does.
 */
class ConfigFuzzTest
{
    private static final List<PlanFacts> HOSTS = List.of(Hosts.root(), Hosts.root(Hosts.SPLIT), Hosts.rootOfOldKernel(), Hosts.user());
    private static final List<RunOptions> COMMANDS = List.of(Hosts.create(), Hosts.run(),
            Hosts.options(Start.RUN, new Stdio.Terminal(24, 80, Optional.empty())));

    @DictionaryFile(resourcePath = "config.dict")
    @FuzzTest(maxDuration = "15s")
    void config(byte[] json)
    {
        Spec spec;
        try {
            spec = SpecParser.parse(json);
            SpecValidator.validate(spec, path -> path.endsWith("other"));
        }
        catch (SpecException e) {
            explained(e);
            return;
        }
        for (PlanFacts host : HOSTS) {
            for (RunOptions command : COMMANDS) {
                try {
                    assertThat(PlanPrinter.print(PlanBuilder.plan(spec, command, host))).isNotEmpty();
                }
                catch (SpecException e) {
                    explained(e);
                }
                catch (JruncException e) {
                    assertThat(e).isNotInstanceOf(BugException.class);
                    assertThat(e.getMessage()).isNotBlank();
                }
            }
        }
    }

    private static void explained(SpecException e)
    {
        assertThat(e.problems()).isNotEmpty();
        for (SpecProblem problem : e.problems()) {
            // What is wrong with the document as a whole has no path; what is no JSON has a line and a column.
            if (!problem.message().startsWith("malformed JSON") && !problem.message().startsWith("the document must be an object")
                    && !problem.message().equals("config cannot be null")) {
                assertThat(problem.path()).as(problem.message()).isNotEmpty();
            }
            assertThat(problem.message()).isNotBlank();
            assertThat(problem.toString()).matches("\\P{Cntrl}*");
        }
    }
}
