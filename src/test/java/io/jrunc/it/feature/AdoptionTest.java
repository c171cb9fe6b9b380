package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Adopter;
import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A manager adopts what a detached command leaves. It learns the exit code as its parent, in no other way. */
@ExtendWith(JruncExtension.class)
class AdoptionTest
{
    /** It ends while the command is still busy with letting it go. */
    @Test
    void theEndOfADetachedProgramIsLeftToWhoeverAdoptsIt(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("adopted");
        jrunc.create(id, bundle.shell("exit 6"));
        try (Adopter adopter = new Adopter()) {
            assertThat(adopter.awaitStatus(detached(jrunc, "exec", id, "sh", "-c", "exit 5"))).isEqualTo(5 << 8);
            assertThat(adopter.awaitStatus(detached(jrunc, "exec", id, "sh", "-c", "kill -9 $$"))).isEqualTo(9);
            String another = jrunc.id("another");
            assertThat(adopter.awaitStatus(detached(jrunc, "run", "--bundle", bundle.folder().toString(), another))).isEqualTo(6 << 8);
            jrunc.run("delete", another).expectSuccess();
        }
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static int detached(Jrunc jrunc, String command, String... words) throws IOException
    {
        Path pidFile = jrunc.folder().resolve("pid");
        List<String> all = new ArrayList<>(List.of(command, "--detach", "--pid-file", pidFile.toString()));
        all.addAll(List.of(words));
        jrunc.start(all.toArray(String[]::new)).awaitDetached(ofSeconds(20)).expectSuccess();
        return Integer.parseInt(Files.readString(pidFile));
    }

    /** What fails leaves nothing to collect: the manager would take it for a program's end. */
    @Test
    void aProcessThatCouldNotStartIsCollectedByTheCommand(Jrunc jrunc, Bundle bundle)
    {
        try (Adopter ignored = new Adopter()) {
            Set<ProcessHandle> before = children();
            bundle.process("no-such-program").write();
            jrunc.run("run", "--detach", "--bundle", bundle.folder().toString(), jrunc.id("missing")).expectExit(1).expectFailure("executable file not found in $PATH");
            assertThat(before).as("of others some may have ended meanwhile").containsAll(children());
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    private static Set<ProcessHandle> children()
    {
        return ProcessHandle.current().children().collect(Collectors.toSet());
    }
}
