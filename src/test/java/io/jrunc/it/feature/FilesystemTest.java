package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Host;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;
import io.jrunc.it.Outcome;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

import com.fasterxml.jackson.databind.node.ArrayNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Mounts, devices, masks and the root itself, seen from inside; and what a hostile root file system must not reach. */
@ExtendWith(JruncExtension.class)
class FilesystemTest
{
    @Test
    void theDefaultMountsAreThere(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("cut -d' ' -f2,3 /proc/mounts");
        String out = jrunc.runBundle(jrunc.id("mounts"), bundle).expectSuccess().out();
        assertThat(out).contains("/proc proc\n", "/dev tmpfs\n", "/dev/pts devpts\n", "/dev/shm tmpfs\n", "/dev/mqueue mqueue\n", "/sys sysfs\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void theRootIsReadOnlyWhenAsked(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("touch /file && echo written");
        assertThat(jrunc.runBundle(jrunc.id("ro"), bundle).expectFailure("Read-only file system").out()).isEmpty();
        assertThat(jrunc.runBundle(jrunc.id("rw"), bundle.writable()).expectSuccess().out()).isEqualTo("written\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    /** A node that no driver is behind: whoever may open it hears that, whoever may not is refused. */
    @Test
    void withoutRulesOnlyTheDefaultDevicesAreOpen(Jrunc jrunc, Bundle bundle)
    {
        for (String set : List.of("bounding", "effective", "permitted")) {
            bundle.config().withObject("/process/capabilities").withArray(set).add("CAP_MKNOD");
        }
        bundle.shell("mknod /dev/nobodys c 511 77; cat < /dev/nobodys; head -c 1 /dev/zero | wc -c");
        for (String less : List.of("without resources", "without devices among them")) {
            bundle.edit("/linux", linux -> linux.remove("resources"));
            if (!less.equals("without resources")) {
                bundle.edit("/linux", linux -> linux.putObject("resources"));
            }
            Outcome outcome = jrunc.runBundle(jrunc.id("rules"), bundle).expectSuccess();
            assertThat(outcome.err()).as(less).contains("/dev/nobodys: Operation not permitted");
            assertThat(outcome.out().strip()).as(less).isEqualTo("1");
        }
        bundle.config().withObject("/linux/resources").putArray("devices").addObject().put("allow", true).put("access", "rwm");
        assertThat(jrunc.runBundle(jrunc.id("rules"), bundle).expectSuccess().err()).as("all allowed").contains("/dev/nobodys: No such device or address");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void defaultDevicesAndLinks(Jrunc jrunc, Bundle bundle)
    {
        bundle.shell("for d in null zero full random urandom tty; do stat -c '%n %t:%T %a' /dev/$d; done; for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done");
        assertThat(jrunc.runBundle(jrunc.id("dev"), bundle).expectSuccess().out()).isEqualTo("""
                /dev/null 1:3 666
                /dev/zero 1:5 666
                /dev/full 1:7 666
                /dev/random 1:8 666
                /dev/urandom 1:9 666
                /dev/tty 5:0 666
                /proc/self/fd
                /proc/self/fd/0
                /proc/self/fd/1
                /proc/self/fd/2
                pts/ptmx
                """);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void bindMountsOfFoldersAndFiles(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path source = Files.createDirectory(jrunc.folder().resolve("source"));
        Files.writeString(source.resolve("file"), "content\n");
        bundle.mount("bind", source.toString(), "/mnt/folder", "bind", "ro");
        bundle.mount("bind", source.resolve("file").toString(), "/mnt/file", "rbind");
        bundle.writable().shell("cat /mnt/folder/file /mnt/file; touch /mnt/folder/x 2>/dev/null || echo refused");
        assertThat(jrunc.runBundle(jrunc.id("bind"), bundle).expectSuccess().out()).isEqualTo("content\ncontent\nrefused\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aDirectoryOnAFileIsRefusedWithTheWordsThatManagersKnow(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.writeString(bundle.rootfs().resolve("file"), "");
        bundle.mount("bind", jrunc.folder().toString(), "/file", "bind").process("true");
        jrunc.runBundle(jrunc.id("clash"), bundle).expectExit(1).expectFailure("not a directory", "/file");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aRemountChangesTheFileSystemThatIsThere(Jrunc jrunc, Bundle bundle)
    {
        bundle.mount("tmpfs", "tmpfs", "/mnt", "size=1m", "mode=700").mount("tmpfs", "tmpfs", "/mnt", "remount", "size=2m", "noexec");
        bundle.mount("ramfs", "ramfs", "/counted", "iversion", "noexec").mount("tmpfs", "tmpfs", "/kept", "iversion", "tmpcopyup");
        bundle.writable().shell("grep -E '^[a-z]+ /(mnt|counted) ' /proc/mounts; touch /counted/f /kept/f && echo written");
        assertThat(jrunc.runBundle(jrunc.id("remount"), bundle).expectSuccess().out()).isEqualTo("""
                tmpfs /mnt tmpfs rw,noexec,relatime,size=2048k,mode=700 0 0
                ramfs /counted ramfs rw,noexec,relatime 0 0
                written
                """);
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aRemountOfWhatIsNoMountIsRefused(Jrunc jrunc, Bundle bundle)
    {
        bundle.mount("tmpfs", "tmpfs", "/tmp", "remount", "ro").process("true");
        jrunc.runBundle(jrunc.id("no-mount"), bundle).expectExit(1).expectFailure("/tmp", "not a mount point");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void maskedAndReadonlyPaths(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Files.createDirectories(bundle.rootfs().resolve("secret-dir"));
        Files.writeString(bundle.rootfs().resolve("secret-dir/x"), "x");
        Files.writeString(bundle.rootfs().resolve("secret"), "secret");
        Files.createDirectories(bundle.rootfs().resolve("fixed"));
        bundle.writable().edit("/linux", linux -> {
            ArrayNode masked = linux.putArray("maskedPaths");
            masked.add("/secret").add("/secret-dir").add("/not-there").add("/secret-dir");
            linux.putArray("readonlyPaths").add("/fixed").add("/not-there-either");
        });
        bundle.shell("cat /secret; ls /secret-dir; touch /secret-dir/y 2>/dev/null || echo masked; touch /fixed/y 2>/dev/null || echo fixed; touch /free && echo free");
        assertThat(jrunc.runBundle(jrunc.id("mask"), bundle).expectSuccess().out()).isEqualTo("masked\nfixed\nfree\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aLinkInTheRootfsNeverLeadsAMountOutside(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path outside = Files.createDirectory(jrunc.folder().resolve("outside"));
        Files.createSymbolicLink(bundle.rootfs().resolve("mnt"), outside);
        bundle.mount("tmpfs", "tmpfs", "/mnt/inner").writable().shell("touch /mnt/inner/here && echo inside");
        assertThat(jrunc.runBundle(jrunc.id("link"), bundle).expectSuccess().out()).isEqualTo("inside\n");
        assertThat(outside).isEmptyDirectory();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void procAndSysAsLinksAreRefused(Jrunc jrunc, Bundle bundle) throws IOException
    {
        for (String name : new String[] {"proc", "sys"}) {
            Files.delete(bundle.rootfs().resolve(name));
            Files.createSymbolicLink(bundle.rootfs().resolve(name), Path.of("/tmp"));
            bundle.process("true");
            jrunc.runBundle(jrunc.id("as-link-" + name), bundle).expectExit(1).expectFailure("must be mounted on ordinary directory");
            Files.delete(bundle.rootfs().resolve(name));
            Files.createDirectory(bundle.rootfs().resolve(name));
        }
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void devAsALinkMakesNothingOutside(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path outside = Files.createDirectory(jrunc.folder().resolve("outside"));
        Files.delete(bundle.rootfs().resolve("dev"));
        Files.createSymbolicLink(bundle.rootfs().resolve("dev"), outside);
        bundle.writable().process("true");
        jrunc.runBundle(jrunc.id("devlink"), bundle);
        assertThat(outside).isEmptyDirectory();
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void tmpcopyupKeepsWhatWasThere(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path seeded = Files.createDirectories(bundle.rootfs().resolve("seeded/deep"));
        Files.writeString(seeded.resolve("file"), "kept\n");
        bundle.mount("tmpfs", "tmpfs", "/seeded", "tmpcopyup", "mode=1770").mount("tmpfs", "tmpfs", "/seeded/deep", "tmpcopyup")
                .shell("cat /seeded/deep/file; touch /seeded/new && echo writable; stat -c %a /seeded /seeded/deep");
        Host.capture("chmod", "711", bundle.rootfs().resolve("seeded/deep").toString());
        assertThat(jrunc.runBundle(jrunc.id("copyup"), bundle).expectSuccess().out()).isEqualTo("kept\nwritable\n1770\n711\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void sysctlsOfTheContainersOwnNamespaces(Jrunc jrunc, Bundle bundle)
    {
        bundle.edit("/linux/sysctl", sysctl -> sysctl.put("net.ipv4.ip_forward", "1").put("kernel.shmmni", "1234"));
        bundle.shell("cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/shmmni");
        assertThat(jrunc.runBundle(jrunc.id("sysctl"), bundle).expectSuccess().out()).isEqualTo("1\n1234\n");
        bundle.edit("/linux/sysctl", sysctl -> sysctl.put("vm.swappiness", "10"));
        jrunc.runBundle(jrunc.id("hostctl"), bundle).expectExit(1).expectFailure("vm.swappiness", "is not in a separate kernel namespace");
        assertThat(jrunc.leftovers()).isEmpty();
    }
}
