package io.jrunc.it.feature;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.it.Bundle;
import io.jrunc.it.Jrunc;
import io.jrunc.it.JruncExtension;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Where a mount goes, and what of that place it keeps. */
@ExtendWith(JruncExtension.class)
class MountPlaceTest
{
    @Test
    void aDestinationSpelledWithTheRootsPathOnTheHostIsThePlaceBelowIt(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path source = Files.createDirectories(bundle.folder().resolve("source"));
        Files.writeString(source.resolve("file"), "found\n");
        bundle.mount("bind", source.toString(), bundle.rootfs().resolve("var/data").toString(), "bind").writable().process("cat", "/var/data/file");
        assertThat(jrunc.runBundle(jrunc.id("place"), bundle).expectSuccess().out()).isEqualTo("found\n");
        assertThat(jrunc.leftovers()).isEmpty();
    }

    @Test
    void aTmpfsTellsTheModeThatItTookFromTheDirectoryBelow(Jrunc jrunc, Bundle bundle) throws IOException
    {
        Path place = Files.createDirectories(bundle.rootfs().resolve("place"));
        Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwx--x---"));
        bundle.mount("tmpfs", "tmpfs", "/place", "rw", "nodev").shell("stat -c %a /place; grep ' /place ' /proc/self/mounts");
        assertThat(jrunc.runBundle(jrunc.id("mode"), bundle).expectSuccess().out()).startsWith("710\n").contains("mode=710");
    }
}
