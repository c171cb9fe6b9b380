package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.ExtendWith;

/** {@code process.apparmorProfile} and {@code exec --apparmor}. Source: OCI config.md#linux-process. */
@EnabledIf(value = "on", disabledReason = "needs AppArmor in the kernel, its file system, and apparmor_parser")
@ExtendWith(JruncExtension.class)
class AppArmorTest
{
    private static final String TELL = "cat /proc/self/attr/current; cat /one 2>/dev/null || echo no one; cat /two 2>/dev/null || echo no two";

    static boolean on()
    {
        return Host.text("/sys/module/apparmor/parameters/enabled").startsWith("Y") && Files.isWritable(Path.of("/sys/kernel/security/apparmor/.load"))
                && Files.isExecutable(Path.of("/usr/sbin/apparmor_parser"));
    }

    /** Loads a profile that allows everything but to read one file. @return its name */
    private static String load(Jrunc jrunc, String forbidden) throws IOException
    {
        String name = jrunc.id(forbidden);
        Path file = Files.writeString(jrunc.folder().resolve(forbidden), """
                profile %s flags=(attach_disconnected,mediate_deleted) {
                  file,
                  capability,
                  network,
                  signal,
                  ptrace,
                  deny /%s r,
                }
                """.formatted(name, forbidden));
        Host.capture("/usr/sbin/apparmor_parser", "--skip-cache", "--replace", file.toString());
        return name;
    }

    private static void unload(Jrunc jrunc, String forbidden)
    {
        Host.capture("/usr/sbin/apparmor_parser", "--skip-cache", "--remove", jrunc.folder().resolve(forbidden).toString());
    }

    @Test
    void theProgramIsUnderItsProfileAndEachExecUnderItsOwn(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.writeString(bundle.rootfs().resolve("one"), "1\n");
        Files.writeString(bundle.rootfs().resolve("two"), "2\n");
        String one = load(jrunc, "one");
        String two = load(jrunc, "two");
        try {
            String id = jrunc.id("confined");
            bundle.edit("/process", process -> process.put("apparmorProfile", one)).shell(TELL + "; echo ready; sleep 1000");
            Running run = jrunc.startRun(id, bundle).awaitOutput("ready");
            assertThat(run.output()).isEqualTo(one + " (enforce)\nno one\n2\nready\n");
            assertThat(jrunc.run("exec", id, "sh", "-c", TELL).expectSuccess().out()).as("as the container's").isEqualTo(one + " (enforce)\nno one\n2\n");
            assertThat(jrunc.run("exec", "--apparmor", two, id, "sh", "-c", TELL).expectSuccess().out()).isEqualTo(two + " (enforce)\n1\nno two\n");
            Path file = Files.writeString(jrunc.folder().resolve("process.json"),
                    "{\"args\": [\"sh\", \"-c\", \"%s\"], \"cwd\": \"/\", \"env\": [\"PATH=/bin\"], \"noNewPrivileges\": true, \"apparmorProfile\": \"%s\"}".formatted(TELL, two));
            assertThat(jrunc.run("exec", "--process", file.toString(), id).expectSuccess().out()).isEqualTo(two + " (enforce)\n1\nno two\n");
            jrunc.run("exec", "--apparmor", jrunc.id("three"), id, "true").expectExit(255)
                    .expectFailure("process.apparmorProfile: unable to apply apparmor profile", jrunc.id("three"), "apparmor failed to apply profile: write", "no such file or directory");
            jrunc.run("delete", "--force", id).expectSuccess();
            run.awaitExit(ofSeconds(60));
        }
        finally {
            unload(jrunc, "one");
            unload(jrunc, "two");
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aProfileThatIsNotLoadedIsNamed(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/process", process -> process.put("apparmorProfile", jrunc.id("three"))).process("true");
        jrunc.runBundle(jrunc.id("unknown"), bundle).expectExit(1)
                .expectFailure("process.apparmorProfile: unable to apply apparmor profile", jrunc.id("three"), "apparmor failed to apply profile: write", "apparmor_parser");
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
