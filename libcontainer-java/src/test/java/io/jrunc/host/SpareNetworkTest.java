package io.jrunc.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.jrunc.error.ErrnoException;
import io.jrunc.os.Fd;
import io.jrunc.os.FileCalls;
import io.jrunc.os.NamespaceCalls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Test;

class SpareNetworkTest
{
    private static final Duration LONG = Duration.ofMinutes(10);

    private final List<Fd> made = new CopyOnWriteArrayList<>();

    private Fd make()
    {
        Fd fd = FileCalls.open("/dev/null", FileCalls.O_RDONLY, 0);
        made.add(fd);
        return fd;
    }

    private static void await(BooleanSupplier condition)
    {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("nothing happens").isLessThan(end);
            // The other thread may need this processor.
            LockSupport.parkNanos(100_000);
        }
    }

    private static Fd taken(SpareNetwork network)
    {
        List<Fd> taken = new ArrayList<>();
        await(() -> {
            network.take().ifPresent(taken::add);
            return !taken.isEmpty();
        });
        return taken.getFirst();
    }

    @Test
    void eachIsTakenOnce()
    {
        SpareNetwork network = new SpareNetwork(this::make, LONG);
        assertThat(network.take()).isEmpty();
        network.prepare();
        network.prepare();
        try (Fd first = taken(network)) {
            assertThat(made).containsExactly(first);
            assertThat(first.isOpen()).isTrue();
            assertThat(network.take()).isEmpty();
            network.prepare();
            try (Fd second = taken(network)) {
                assertThat(made).containsExactly(first, second);
            }
        }
    }

    @Test
    void whatNobodyTakesIsGivenBack()
    {
        SpareNetwork network = new SpareNetwork(this::make, Duration.ofMillis(1));
        for (int round = 0; round < 3; round++) {
            int before = made.size();
            network.prepare();
            await(() -> made.size() > before && made.stream().noneMatch(Fd::isOpen));
        }
        assertThat(network.take()).isEmpty();
    }

    @Test
    void whereTheKernelRefusesThereIsNone()
    {
        SpareNetwork network = new SpareNetwork(() -> {
            make();
            throw new ErrnoException("unshare", "CLONE_NEWNET", 1);
        }, LONG);
        network.prepare();
        await(() -> !made.isEmpty());
        assertThat(network.take()).isEmpty();
        made.forEach(Fd::close);
    }

    /** The thread that makes one is where it was before. */
    @Test
    void aNewOneHasItsLoopbackUpAndNobodyInIt() throws Exception
    {
        long before = inode();
        Fd network;
        try {
            network = NamespaceCalls.newNetwork();
        }
        catch (ErrnoException e) {
            assumeTrue(false, "may not make network namespaces: " + e.getMessage());
            return;
        }
        try (network) {
            assertThat(inode()).isEqualTo(before).isNotEqualTo(FileCalls.stat(network).inode());
            String devices = NamespaceCalls.visit(List.of(network), () -> Files.readString(Path.of("/proc/thread-self/net/dev")));
            assertThat(devices.lines().skip(2).map(line -> line.strip().split(":")[0])).contains("lo");
            String addresses = NamespaceCalls.visit(List.of(network), () -> Files.readString(Path.of("/proc/thread-self/net/fib_trie")));
            assertThat(addresses).as("an address of a loopback that is up").contains("127.0.0.1");
        }
    }

    private static long inode()
    {
        try (Fd own = FileCalls.open("/proc/thread-self/ns/net", FileCalls.O_RDONLY, 0)) {
            return FileCalls.stat(own).inode();
        }
    }
}
