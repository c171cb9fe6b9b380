package io.jrunc.it.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What {@code create} makes on the host, and what it refuses. */
@ExtendWith(JruncExtension.class)
class CreateTest
{
    private static void gone(Jrunc jrunc, String id)
    {
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aFolderWithoutConfigIsNoBundle(Jrunc jrunc)
    {
        String id = jrunc.id("none");
        jrunc.run("create", "--bundle", jrunc.folder().toString(), id).expectExit(1)
                .expectFailure("jrunc create failed: ", "JSON specification file config.json not found");
        jrunc.run("run", "--bundle", jrunc.folder().toString(), id).expectExit(1).expectFailure("jrunc run failed: ");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void idsThatCouldLeadElsewhereAreRefused(Jrunc jrunc, Bundle bundle)
    {
        bundle.process("true").write();
        for (String id : new String[] {".", "..", "a/b", "a b", "é", "a\nb"}) {
            jrunc.run("create", "--bundle", bundle.folder().toString(), id).expectExit(1).expectFailure("invalid container ID format");
        }
        jrunc.run("create", "--bundle", bundle.folder().toString(), "").expectExit(1).expectFailure("container id cannot be empty");
        jrunc.run("create", "--bundle", bundle.folder().toString()).expectExit(1).expectFailure("requires exactly 1 argument(s)");
        String odd = jrunc.id("A_b+c.d-9");
        jrunc.create(odd, bundle);
        gone(jrunc, odd);
    }

    @Test
    void theStateOfContainersIsForItsOwnerOnly(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("modes");
        jrunc.create(id, bundle.process("true"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(jrunc.root()))).isEqualTo("rwx------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(jrunc.root().resolve(id)))).isEqualTo("rwx--x--x");
        gone(jrunc, id);
    }

    @Test
    void thePidFileIsThereWhenCreateReturnsAndHasNothingButTheNumber(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("pid");
        Path file = jrunc.folder().resolve("web.pid");
        jrunc.create(id, bundle.process("true"), "--pid-file", file.toString());
        assertThat(Files.readString(file)).isEqualTo(Integer.toString(jrunc.pid(id)));
        gone(jrunc, id);
    }

    @Test
    void thePidFileTakesThePlaceOfWhateverHasItsName(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("atomic");
        Path victim = Files.writeString(jrunc.folder().resolve("victim"), "mine");
        Path file = Files.createSymbolicLink(jrunc.folder().resolve("web.pid"), victim);
        bundle.process("true").write();
        // The name counts from the caller's directory, not from the bundle; the mode is the caller's to cut.
        Host.capture("sh", "-c", "cd %s && umask 027 && JRUNC_ENGINE=%s %s --root %s create -b %s --pid-file web.pid %s </dev/null >/dev/null 2>&1".formatted(
                jrunc.folder(), jrunc.engine(), jrunc.runtime(), jrunc.root(), bundle.folder(), id));
        assertThat(victim).hasContent("mine");
        assertThat(file).isRegularFile().hasContent(Integer.toString(jrunc.pid(id)));
        assertThat(Files.isSymbolicLink(file)).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-r-----");
        gone(jrunc, id);
    }

    @Test
    void aPidFileThatCannotBeWrittenIsNoContainer(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("unwritten");
        Path victim = Files.writeString(jrunc.folder().resolve("victim"), "mine");
        Path beside = Files.createSymbolicLink(jrunc.folder().resolve(".web.pid"), victim);
        bundle.process("true").write();
        jrunc.run("create", "--bundle", bundle.folder().toString(), "--pid-file", jrunc.folder().resolve("web.pid").toString(), id).expectExit(1)
                .expectFailure("cannot write the pid file", beside.toString());
        assertThat(jrunc.folder().resolve("web.pid")).doesNotExist();
        assertThat(victim).hasContent("mine");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** Its manager has limited the cgroup above: the copy of a large directory into memory is too much there. */
    @Test
    void anInitThatRunsOutOfMemoryInSetUpIsTold(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path controller = Path.of("/sys/fs/cgroup/memory");
        assumeTrue(Files.isDirectory(controller), "needs the memory controller of cgroup v1");
        Path pod = Files.createDirectory(controller.resolve(jrunc.id("pod")));
        try {
            Files.writeString(pod.resolve("memory.limit_in_bytes"), "2000000");
            Files.createDirectories(bundle.rootfs().resolve("data"));
            Files.write(bundle.rootfs().resolve("data/large"), new byte[8 << 20]);
            bundle.mount("tmpfs", "tmpfs", "/data", "tmpcopyup").config().withObject("/linux").put("cgroupsPath", "/" + pod.getFileName() + "/web");
            jrunc.runBundle(jrunc.id("oom"), bundle).expectExit(1).expectFailure("container init was OOM-killed (memory limit too low?)");
        }
        finally {
            Host.removeGroups(List.of(pod));
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theBundleIsTheCallersDirectoryIfNoneIsNamed(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("here");
        bundle.process("true").write();
        Host.capture("sh", "-c", "cd %s && JRUNC_ENGINE=%s %s --root %s create %s </dev/null >/dev/null 2>&1".formatted(
                bundle.folder(), jrunc.engine(), jrunc.runtime(), jrunc.root(), id));
        assertThat(jrunc.field(id, "bundle")).isEqualTo(bundle.folder().toString());
        gone(jrunc, id);
        String other = jrunc.id("relative");
        Host.capture("sh", "-c", "cd %s && JRUNC_ENGINE=%s %s --root %s create -b %s %s </dev/null >/dev/null 2>&1".formatted(
                bundle.folder().getParent(), jrunc.engine(), jrunc.runtime(), jrunc.root(), bundle.folder().getFileName(), other));
        assertThat(jrunc.field(other, "bundle")).isEqualTo(bundle.folder().toString());
        gone(jrunc, other);
    }

    @Test
    void laterChangesOfTheConfigDoNotReachTheContainer(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("saved");
        var container = jrunc.create(id, bundle.shell("echo as it was; exec sleep 1000"));
        bundle.shell("echo changed").config().put("hostname", "changed");
        bundle.write();
        jrunc.run("start", id).expectSuccess();
        container.awaitOutput("as it was");
        gone(jrunc, id);
    }

    @Test
    void theStateTellsOurOwnVersionAndTheMomentOfCreation(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("moment");
        Instant before = Instant.now();
        bundle.config().put("ociVersion", "1.0.2");
        jrunc.create(id, bundle.process("true"));
        assertThat(jrunc.field(id, "ociVersion")).isEqualTo("1.3.0");
        assertThat(jrunc.field(id, "created")).endsWith("Z");
        assertThat(Instant.parse(jrunc.field(id, "created"))).isBetween(before, before.plus(Duration.ofMinutes(1)));
        gone(jrunc, id);
    }

    @Test
    void anIdIsFreeAgainAfterDelete(Jrunc jrunc, Bundle bundle)
    {
        String id = jrunc.id("again");
        for (int i = 0; i < 2; i++) {
            jrunc.create(id, bundle.process("true"));
            gone(jrunc, id);
        }
    }

    @Test
    void aFolderThatNoCreateFinishedIsTakenAway(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("half");
        Files.createDirectories(jrunc.root().resolve(id));
        jrunc.run("state", id).expectExit(1).expectFailure("container does not exist");
        jrunc.run("kill", id, "KILL").expectExit(1).expectFailure("does not exist");
        jrunc.run("delete", id).expectExit(1).expectFailure("container does not exist");
        assertThat(jrunc.leftovers()).isEmpty();
        Files.createDirectories(jrunc.root().resolve(id));
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftovers()).isEmpty();
        jrunc.run("kill", jrunc.id("nobody"), "KILL").expectExit(1).expectFailure("does not exist");
    }

    @Test
    void listOfARootThatIsNotThereIsAnErrorIfItWasNamed(Jrunc jrunc)
    {
        jrunc.run("list").expectExit(1).expectFailure(jrunc.root().toString(), "no such file or directory");
    }

    @Test
    void aContainerThatCannotBeReadIsARemarkOfList(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("good");
        jrunc.create(id, bundle.process("true"));
        Path broken = Files.createDirectory(jrunc.root().resolve(jrunc.id("broken")));
        Files.writeString(broken.resolve("state.json"), "{");
        var outcome = jrunc.run("list", "--quiet").expectSuccess();
        assertThat(outcome.out()).isEqualTo(id + "\n");
        assertThat(outcome.err()).contains("load container " + jrunc.id("broken") + ": ");
        Files.delete(broken.resolve("state.json"));
        Files.delete(broken);
        gone(jrunc, id);
    }
}
