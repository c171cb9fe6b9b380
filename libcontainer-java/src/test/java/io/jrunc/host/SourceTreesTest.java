package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.error.Errno;
import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.MountCalls;
import io.jrunc.os.ProcessCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourceTreesTest
{
    private static final long RDONLY = 1;
    private static final long NOSUID = 2;
    private static final long NODEV = 4;
    private static final long NOEXEC = 8;
    private static final long NOATIME = 0x10;
    private static final long STRICTATIME = 0x20;
    private static final long ATIME = 0x70;
    private static final long NODIRATIME = 0x80;

    @TempDir
    private Path folder;

    private static void needsRoot()
    {
        assumeTrue(ProcessCalls.effectiveUid() == 0, "needs: root");
        assumeTrue(MountCalls.canSetAttributes(), "needs: mount_setattr(2), Linux 5.12");
    }

    private static long attributes(Fd tree)
    {
        return SourceTrees.attributes(FileCalls.fileSystem(tree).flags());
    }

    @Test
    void flagsOfStatfsBecomeMountAttributes()
    {
        assertThat(SourceTrees.attributes(0x1000)).as("relatime").isZero();
        assertThat(SourceTrees.attributes(0x1000 | 1 | 8)).isEqualTo(RDONLY | NOEXEC);
        assertThat(SourceTrees.attributes(0x400 | 0x800)).isEqualTo(NOATIME | NODIRATIME);
        assertThat(SourceTrees.attributes(0)).as("neither relatime nor noatime").isEqualTo(STRICTATIME);
        assertThat(SourceTrees.attributes(0x1000 | 0x2000)).as("nosymfollow").isEqualTo(0x200000);
    }

    @Test
    void aTreeEndsWithExactlyWhatWasAskedFor()
    {
        needsRoot();
        try (Fd tree = SourceTrees.open(folder.toString(), false, true, SourceTrees.Sharing.SLAVE)) {
            SourceTrees.exactly(tree, RDONLY | NOSUID | NOATIME, 0, false);
            assertThat(attributes(tree)).isEqualTo(RDONLY | NOSUID | NOATIME);
            SourceTrees.exactly(tree, NODEV, RDONLY, false);
            assertThat(attributes(tree)).as("atime stays when nobody speaks of it").isEqualTo(NODEV | NOATIME);
            SourceTrees.exactly(tree, NODEV | NODIRATIME, NOATIME, false);
            assertThat(attributes(tree)).as("relatime again").isEqualTo(NODEV | NODIRATIME);
        }
        assertThat(Files.isWritable(folder)).as("the source itself is untouched").isTrue();
    }

    @Test
    void whatLimitsTheSourceStaysForAUserNamespace()
    {
        needsRoot();
        try (Fd tree = SourceTrees.open(folder.toString(), false, true, SourceTrees.Sharing.SLAVE)) {
            SourceTrees.exactly(tree, RDONLY | NOSUID | NOATIME, 0, false);
            SourceTrees.exactly(tree, NODEV, 0, true);
            assertThat(attributes(tree)).isEqualTo(RDONLY | NOSUID | NODEV | NOATIME);
            SourceTrees.exactly(tree, NODEV | NOATIME, 0, true);
            assertThat(attributes(tree)).as("access times as they were").isEqualTo(RDONLY | NOSUID | NODEV | NOATIME);
            assertThatThrownBy(() -> SourceTrees.exactly(tree, NODEV, RDONLY, true))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
            assertThatThrownBy(() -> SourceTrees.exactly(tree, STRICTATIME, 0, true))
                    .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
        }
    }

    @Test
    void aRecursiveChangeLeavesWhatItDoesNotName()
    {
        needsRoot();
        try (Fd tree = SourceTrees.open(folder.toString(), true, true, SourceTrees.Sharing.SLAVE)) {
            SourceTrees.exactly(tree, NOSUID, 0, false);
            SourceTrees.recursively(tree, RDONLY, 0);
            assertThat(attributes(tree) & ~ATIME).isEqualTo(RDONLY | NOSUID);
        }
    }

    @Test
    void aLinkIsFollowedOrTakenAsAsked()
            throws IOException
    {
        needsRoot();
        Path target = Files.writeString(folder.resolve("target"), "text");
        Path link = Files.createSymbolicLink(folder.resolve("link"), target);
        try (Fd followed = SourceTrees.open(link.toString(), false, true, SourceTrees.Sharing.SLAVE); Fd itself = SourceTrees.open(link.toString(), false, false, SourceTrees.Sharing.SLAVE)) {
            assertThat(FileCalls.stat(followed).isRegular()).isTrue();
            assertThat(FileCalls.stat(itself).isLink()).isTrue();
        }
    }

    @Test
    void aMissingSourceIsNamed()
    {
        needsRoot();
        assertThatThrownBy(() -> SourceTrees.open(folder + "/none", false, true, SourceTrees.Sharing.SLAVE))
                .isInstanceOfSatisfying(ErrnoException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT))
                .hasMessage("open_tree " + folder + "/none: no such file or directory");
    }
}
