package io.jrunc.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.jrunc.spec.Mount;
import io.jrunc.spec.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;

import org.junit.jupiter.api.Test;

class RequestTest
{
    private static final List<String> PARTS = List.of("/", "/", "a", ".", "..", "...", ".b", "bundles", "web", "rootfs", "/bundles/web/rootfs", "//", " ");

    private static String normal(String destination)
    {
        Path root = Path.of(Hosts.ROOTFS);
        Path path = Path.of("/").resolve(destination).normalize();
        return path.startsWith(root) ? Path.of("/").resolve(root.relativize(path)).toString() : path.toString();
    }

    /** Most destinations need no work, and get none. */
    @Test
    void aTargetIsTheNormalizedDestinationHoweverItIsSpelled()
    {
        Spec spec = Configs.example().spec();
        Request request = new Request(spec, Hosts.run(), Hosts.root());
        Random random = new Random(7);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text = new StringBuilder(random.nextBoolean() ? "/" : "");
            for (int n = random.nextInt(6); n >= 0; n--) {
                text.append(PARTS.get(random.nextInt(PARTS.size())));
            }
            Mount mount = new Mount(text.toString(), Optional.of("tmpfs"), Optional.empty(), List.of(), List.of(), List.of());
            assertThat(request.target(mount)).as(text.toString()).isEqualTo(normal(text.toString()));
        }
    }
}
