package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.ConsoleSocket;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.NotifyAgent;
import io.jrunc.it.Outcome;
import io.jrunc.it.Running;

import java.io.IOException;
import java.nio.file.Path;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Filters with an agent. Source: OCI config-linux.md#seccomp, #containerprocessstate. */
@ExtendWith(JruncExtension.class)
class SeccompNotifyTest
{
    /** EUSERS: nothing in a container answers with it by itself. */
    private static final int ANSWER = 87;
    private static final String WORDS = "Too many users";

    private static void filter(Bundle bundle, Path socket, String... calls)
    {
        bundle.edit("/linux/seccomp", seccomp -> {
            seccomp.put("defaultAction", "SCMP_ACT_ALLOW").put("listenerPath", socket.toString()).put("listenerMetadata", "who=\"test\"");
            var rule = seccomp.putArray("syscalls").addObject();
            var names = rule.putArray("names");
            for (String call : calls) {
                names.add(call);
            }
            rule.put("action", "SCMP_ACT_NOTIFY");
        });
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theAgentAnswersForTheKernelAndKnowsWhoAsks(boolean noNewPrivileges, Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path path = jrunc.folder().resolve("agent");
        filter(bundle, path, "mkdir", "mkdirat");
        bundle.edit("/process", process -> process.put("noNewPrivileges", noNewPrivileges)).edit("/annotations", notes -> notes.put("a", "b"));
        bundle.shell("mkdir /tmp/x 2>&1; sleep 1000").writable();
        String id = jrunc.id("notify");
        try (ConsoleSocket socket = ConsoleSocket.at(path)) {
            Running created = jrunc.create(id, bundle);
            JsonNode told = new JsonMapper().readTree(NotifyAgent.refuse(socket, ANSWER, ofSeconds(20)));
            assertThat(told.path("ociVersion").asText()).isEqualTo("1.3.0");
            assertThat(told.path("fds").toString()).isEqualTo("[\"seccompFd\"]");
            assertThat(told.path("pid").asInt()).isEqualTo(jrunc.pid(id));
            assertThat(told.path("metadata").asText()).isEqualTo("who=\"test\"");
            JsonNode state = told.path("state");
            assertThat(state.path("id").asText()).isEqualTo(id);
            assertThat(state.path("status").asText()).isEqualTo("creating");
            assertThat(state.path("pid").asInt()).isEqualTo(jrunc.pid(id));
            assertThat(state.path("bundle").asText()).isEqualTo(bundle.folder().toString());
            assertThat(state.path("annotations").path("a").asText()).isEqualTo("b");
            jrunc.run("start", id).expectSuccess();
            created.awaitOutput(WORDS);
        }
        // The name is free for the agent of the process that joins.
        try (ConsoleSocket socket = ConsoleSocket.at(path)) {
            Running added = jrunc.start("exec", id, "mkdir", "/tmp/y");
            JsonNode told = new JsonMapper().readTree(NotifyAgent.refuse(socket, ANSWER, ofSeconds(20)));
            assertThat(told.path("pid").asInt()).isNotEqualTo(jrunc.pid(id)).isPositive();
            assertThat(told.path("state").path("pid").asInt()).isEqualTo(jrunc.pid(id));
            assertThat(told.path("state").path("status").asText()).isEqualTo("running");
            Outcome outcome = added.await(ofSeconds(20));
            assertThat(outcome.exit()).isEqualTo(1);
            assertThat(outcome.err()).contains(WORDS);
        }
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void callsOfOurOwnThatAreNotifiedReachTheAgentToo(Jrunc jrunc, Bundle bundle)
    {
        // Without no_new_privs the filter is there when the runtime still changes the directory and the user.
        Path path = jrunc.folder().resolve("agent");
        filter(bundle, path, "fchdir", "setresuid");
        bundle.edit("/process", process -> process.put("noNewPrivileges", false)).process("true");
        try (ConsoleSocket socket = ConsoleSocket.at(path)) {
            Running run = jrunc.startRun(jrunc.id("own"), bundle);
            NotifyAgent.refuse(socket, ANSWER, ofSeconds(20));
            run.await(ofSeconds(20)).expectExit(1).expectFailure("too many users");
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theFilteredProcessNeedsNoSocketForTheAgentToGetItsDescriptor(Jrunc jrunc, Bundle bundle)
    {
        Path path = jrunc.folder().resolve("agent");
        filter(bundle, path, "socket", "connect", "sendmsg", "sendto", "sendmmsg", "recvmsg", "recvfrom", "pidfd_getfd");
        bundle.edit("/process", process -> process.put("noNewPrivileges", false)).shell("echo ran");
        try (ConsoleSocket socket = ConsoleSocket.at(path)) {
            Running run = jrunc.startRun(jrunc.id("own"), bundle);
            NotifyAgent.refuse(socket, ANSWER, ofSeconds(20));
            assertThat(run.await(ofSeconds(20)).expectSuccess().out()).isEqualTo("ran\n");
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void withoutAnAgentThereIsNoContainer(Jrunc jrunc, Bundle bundle)
    {
        filter(bundle, jrunc.folder().resolve("nobody"), "mkdir");
        bundle.process("true");
        jrunc.runBundle(jrunc.id("alone"), bundle).expectExit(1)
                .expectFailure("linux.seccomp.listenerPath", "failed to connect with seccomp agent", "no such file or directory");
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
