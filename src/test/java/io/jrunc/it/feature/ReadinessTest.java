package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;
import io.jrunc.it.Running;
import io.jrunc.it.ServiceManager;

import java.io.IOException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** NOTIFY_SOCKET: the service manager learns from the container's program that it is ready. Source: sd_notify(3). */
@ExtendWith(JruncExtension.class)
class ReadinessTest
{
    /** The only program of busybox that speaks to such a socket is one for logs; the second line of its message is ours. */
    private static final String READY = "ln -sf $NOTIFY_SOCKET /dev/log; logger \"nearly\nREADY=1\"; ";

    private ServiceManager manager;

    @BeforeEach
    void listen(Jrunc jrunc)
    {
        manager = ServiceManager.at(jrunc.folder().resolve("manager"));
        jrunc.environment("NOTIFY_SOCKET", manager.path().toString());
    }

    @AfterEach
    void close()
    {
        manager.close();
    }

    private void expectTold(long pid)
    {
        assertThat(manager.next(ofSeconds(20))).isEqualTo("READY=1\n");
        assertThat(manager.next(ofSeconds(20))).isEqualTo("MAINPID=" + pid + "\n");
        assertThat(manager.next(ofSeconds(20))).isEqualTo("BARRIER=1+fd");
    }

    @Test
    void startWaitsUntilTheProgramIsReady(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("ready");
        jrunc.create(id, bundle.shell("echo $NOTIFY_SOCKET; grep ' /run/notify ' /proc/mounts; " + READY + "sleep 1000").writable());
        assertThat(manager.silent()).isTrue();
        int pid = jrunc.pid(id);
        jrunc.run("start", id).expectSuccess();
        expectTold(pid);
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void startOfAProgramThatEndsWithoutAWordReturns(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("silent");
        jrunc.create(id, bundle.process("true"));
        jrunc.run("start", id).expectSuccess();
        assertThat(manager.silent()).isTrue();
        jrunc.run("delete", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aDetachedRunNamesTheContainersProcess(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("detached");
        bundle.shell(READY + "sleep 1000").writable().write();
        Running run = jrunc.start("run", "--detach", "--bundle", bundle.folder().toString(), id);
        run.awaitDetached(ofSeconds(20)).expectSuccess();
        expectTold(jrunc.pid(id));
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void anAttachedRunNamesItselfAndGoesOnListening(Jrunc jrunc, Bundle bundle) throws IOException
    {
        bundle.shell("grep ' /run/notify ' /proc/mounts | cut -d' ' -f2,4; echo $NOTIFY_SOCKET; " + READY + "read line; " + READY + "exit 7").writable();
        Running run = jrunc.startRun(jrunc.id("attached"), bundle);
        expectTold(run.process().pid());
        assertThat(run.output()).contains("/run/notify ro,nosuid,nodev,noexec", "/run/notify/notify.sock");
        run.stdin().write("go\n".getBytes());
        run.stdin().flush();
        assertThat(manager.next(ofSeconds(20))).isEqualTo("READY=1\n");
        assertThat(manager.next(ofSeconds(20))).isEqualTo("BARRIER=1+fd");
        Outcome outcome = run.await(ofSeconds(20));
        assertThat(outcome.exit()).isEqualTo(7);
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
