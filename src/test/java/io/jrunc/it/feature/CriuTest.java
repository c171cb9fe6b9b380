package io.jrunc.it.feature;

import static java.time.Duration.ofSeconds;
import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.FakeCriu;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.PrivateDist;
import io.jrunc.it.Running;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** How criu is run, and what comes of one that is missing, old, ill or slow: with a criu that only pretends. */
@ExtendWith(JruncExtension.class)
class CriuTest
{
    private static String container(Jrunc jrunc, Bundle bundle, String name)
    {
        String id = jrunc.id(name);
        jrunc.startRun(id, bundle.shell("trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done")).awaitOutput("ready");
        return id;
    }

    private static String[] checkpoint(Jrunc jrunc, String id, String... options)
    {
        return java.util.stream.Stream.of(List.of("checkpoint", "--image-path", jrunc.folder().resolve("images").toString()), List.of(options), List.of(id))
                .flatMap(List::stream).toArray(String[]::new);
    }

    /** It runs as before, and is all that there is. */
    private static void goesOn(Jrunc jrunc, String id)
    {
        assertThat(jrunc.status(id)).isEqualTo("running");
        assertThat(Host.processes(jrunc.id("")).toString()).doesNotContain("swrk");
        jrunc.run("exec", id, "true").expectSuccess();
    }

    private static void gone(Jrunc jrunc, String id)
    {
        jrunc.run("delete", "--force", id).expectSuccess();
        assertThat(jrunc.leftoversInTheEnd()).isEmpty();
    }

    @Test
    void aMissingOldOrUnableCriuIsAClearError(Jrunc jrunc, Bundle bundle)
    {
        jrunc.environment("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        String id = container(jrunc, bundle, "able");
        jrunc.environment("PATH", jrunc.folder().toString());
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("checkpoint and restore need criu: ", "executable file not found in $PATH", "install the package criu");
        FakeCriu.of(jrunc, "version('52040803100e');");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu 3.14 is too old: checkpoint and restore need version 3.15 or later");
        FakeCriu.of(jrunc, "version(); take(); answer(9, 1, '420408001000');");
        write(jrunc.folder().resolve("images/dump.log"), "Error (criu/x.c:1): of another time");
        assertThat(jrunc.run(checkpoint(jrunc, id, "--pre-dump")).expectExit(1).expectFailure("criu is missing features: [MemTrack]").err()).doesNotContain("of another time");
        jrunc.run(checkpoint(jrunc, id, "--parent-path", jrunc.folder().toString())).expectExit(1).expectFailure("--parent-path must be relative");
        jrunc.run(checkpoint(jrunc, id, "--parent-path", "../before")).expectExit(1).expectFailure("invalid --parent-path: stat " + jrunc.folder().resolve("before") + ": no such file or directory");
        // What it has made may hold the socket for a while.
        FakeCriu.of(jrunc, "version(); take(); fork() and exit 3; select(undef, undef, undef, 0.5);");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu ended without an answer");
        FakeCriu.of(jrunc, "version(); take(); answer(1, 1); exit 3;");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu failed: exit status 3");
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    private static void write(Path file, String text)
    {
        try {
            Files.writeString(file, text);
        }
        catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void criuStandsWhereTheCallerStands(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = container(jrunc, bundle, "stands");
        FakeCriu criu = FakeCriu.of(jrunc, """
                note(join ' ', map { "$_=$ENV{$_}" } sort keys %ENV);
                opendir(my $d, '/proc/self/fd'); my @fds = sort { $a <=> $b } grep { /^\\d+$/ && readlink("/proc/self/fd/$_") !~ m{^/proc/|/criu$} } readdir $d; closedir $d;
                note(join ' ', map { "$_:" . readlink("/proc/self/fd/$_") =~ s/\\[\\d+\\]//r } grep { $_ > 2 } @fds);
                note("mnt " . link_of('ns/mnt')); note("cwd " . link_of('cwd')); open(my $c, '<', '/proc/self/cgroup'); note(<$c>);
                version(); take(); answer(1, 0);
                """);
        jrunc.environment("SECRET", "of the caller");
        jrunc.run(checkpoint(jrunc, id)).expectExit(1).expectFailure("criu failed: type DUMP errno 0");
        String images = jrunc.folder().resolve("images").toString();
        assertThat(criu.notes().lines().findFirst().orElseThrow()).startsWith("CRIU_NOTES=").contains(" PATH=").doesNotContain("SECRET", "JRUNC");
        assertThat(criu.notes().lines().skip(1).findFirst().orElseThrow()).matches("\\d+:socket: \\d+:" + images + " \\d+:" + images);
        assertThat(criu.notes()).contains("mnt " + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")), "cwd " + jrunc.folder()).doesNotContain(id);
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    @Test
    void forARestoreCriuIsInTheContainersCgroupWithMountsOfItsOwnAndNothingOfItStays(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = jrunc.id("inside");
        Path images = Files.createDirectory(jrunc.folder().resolve("images"));
        Files.writeString(images.resolve("descriptors.json"), "[\"/dev/null\",\"pipe:[1]\",\"pipe:[2]\"]");
        // A place that is not in the root yet, and one in what is mounted there.
        Path data = Files.createDirectory(jrunc.folder().resolve("data"));
        bundle.mount("bind", data.toString(), "/data", "bind").mount("bind", "/etc", "/data/inner", "bind").write();
        FakeCriu criu = FakeCriu.of(jrunc, """
                note("mnt " . link_of('ns/mnt')); open(my $c, '<', '/proc/self/cgroup'); note(<$c>);
                open(my $m, '<', '/proc/self/mountinfo'); for (<$m>) { note("root $_") if index($_, ' ROOTFS ') > 0 }
                version(); take(); fork() or sleep 1000; note("gave up") unless notify('setup-namespaces', 1); answer(2, 0); take();
                """.replace("ROOTFS", bundle.rootfs().toString()));
        jrunc.run("restore", "--image-path", images.toString(), "--bundle", bundle.folder().toString(), id).expectExit(1)
                .expectFailure("waitid: no child processes");
        assertThat(criu.notes()).contains("root ", id, "gave up").doesNotContain("mnt " + Files.readSymbolicLink(Path.of("/proc/self/ns/mnt")));
        assertThat(bundle.rootfs().resolve("data")).isEmptyDirectory();
        assertThat(data.resolve("inner")).isEmptyDirectory();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void whoeverIsToldThatLazyPagesAreServedGetsOneZeroByte(Jrunc jrunc, Bundle bundle) throws IOException
    {
        String id = container(jrunc, bundle, "lazy");
        FakeCriu.of(jrunc, "version(); take(); answer(9, 1, '420408001001'); take(); notify('status-ready'); answer(1, 0); take();");
        Path told = Files.createFile(jrunc.folder().resolve("told"));
        String command = "exec " + jrunc.runtime() + " --root " + jrunc.root() + " checkpoint --image-path images --lazy-pages --status-fd %d " + id;
        for (String redirected : List.of("9>told", "9</dev/null", "")) {
            Running shell = Running.start(List.of("sh", "-c", command.formatted(9) + " " + redirected), java.util.Map.of("PATH", criuPath(jrunc), "JRUNC_ENGINE", jrunc.engine()),
                    jrunc.folder());
            shell.await(ofSeconds(20)).expectExit(1).expectFailure(redirected.isEmpty() ? "invalid --status-fd argument 9: bad file descriptor"
                    : redirected.startsWith("9<") ? "invalid --status-fd argument 9: not writable" : "criu failed: type DUMP errno 0");
        }
        assertThat(Files.readAllBytes(told)).containsExactly(0);
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    private static String criuPath(Jrunc jrunc) throws IOException
    {
        try (var folders = Files.list(jrunc.folder())) {
            return folders.filter(folder -> Files.exists(folder.resolve("criu"))).findFirst().orElseThrow() + ":/usr/sbin:/usr/bin:/sbin:/bin";
        }
    }

    @Test
    void aCallerWhoHasHadEnoughIsObeyedAndCriuGivesUp(Jrunc jrunc, Bundle bundle)
    {
        String id = container(jrunc, bundle, "enough");
        String slow = "$SIG{INT} = $SIG{TERM} = 'IGNORE'; version(); take(); note('begun'); while (notify('network-lock')) { select(undef, undef, undef, 0.02); } note('gave up'); answer(1, 0); take();";
        FakeCriu polite = FakeCriu.of(jrunc, slow);
        Running command = jrunc.start(checkpoint(jrunc, id));
        jrunc.await("criu to begin", () -> polite.notes().contains("begun"));
        command.process().destroy();
        assertThat(command.awaitExit(ofSeconds(20))).isEqualTo(143);
        assertThat(polite.notes()).contains("gave up");
        goesOn(jrunc, id);

        // Nobody is left to tell it: it sees that for itself.
        FakeCriu lonely = FakeCriu.of(jrunc, slow);
        Running killed = jrunc.start(checkpoint(jrunc, id));
        jrunc.await("criu to begin", () -> lonely.notes().contains("begun"));
        killed.process().destroyForcibly();
        killed.awaitExit(ofSeconds(20));
        jrunc.await("criu to end", () -> !Host.processes(jrunc.id("")).toString().contains("swrk") && !Host.processes("criu swrk").toString().contains(jrunc.folder().toString()));
        goesOn(jrunc, id);
        gone(jrunc, id);
    }

    @Test
    void criuIsNotWaitedForWithoutEnd(Jrunc jrunc, Bundle bundle)
    {
        try (PrivateDist dist = PrivateDist.create("-Djrunc.deadline.criu.seconds=1"); Jrunc hasty = Jrunc.of(dist.runtime(), jrunc.engineElsewhere())) {
            FakeCriu.of(hasty, "version(); take(); take();");
            String id = container(hasty, bundle, "slow");
            hasty.run(checkpoint(hasty, id)).expectExit(1).expectFailure("criu did not finish within 1 s");
            goesOn(hasty, id);
            gone(hasty, id);
        }
    }
}
