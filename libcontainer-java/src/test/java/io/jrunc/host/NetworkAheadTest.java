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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

import org.junit.jupiter.api.Test;

class NetworkAheadTest
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

    /** What the last container wanted is known from now on. */
    private static NetworkAhead after(boolean wanted, NetworkAhead network)
    {
        network.order().take(wanted).ifPresent(Fd::close);
        return network;
    }

    @Test
    void aContainerIsTakenToBeLikeTheOneBeforeIt()
    {
        NetworkAhead network = new NetworkAhead(this::make, LONG);
        assertThat(network.order().take(true)).as("nothing is known").isEmpty();
        assertThat(made).isEmpty();
        try (Fd first = network.order().take(true).orElseThrow()) {
            assertThat(made).containsExactly(first);
            assertThat(first.isOpen()).isTrue();
        }
        NetworkAhead.Order mistaken = network.order();
        assertThat(mistaken.take(false)).isEmpty();
        await(() -> made.size() == 2 && !made.get(1).isOpen());
        assertThat(network.order().take(false)).isEmpty();
        assertThat(made).hasSize(2);
    }

    @Test
    void whatWasNotTakenIsThrownAway()
    {
        NetworkAhead network = after(true, new NetworkAhead(this::make, LONG));
        network.order().close();
        await(() -> made.size() == 1 && !made.getFirst().isOpen());
        // The command failed; the next one may want it all the same.
        network.order().take(true).orElseThrow().close();
        assertThat(made).hasSize(2);
    }

    @Test
    void onlyOneIsMadeAtATimeAndNobodyWaitsForIt()
    {
        CountDownLatch held = new CountDownLatch(1);
        NetworkAhead network = after(true, new NetworkAhead(() -> {
            Fd fd = make();
            awaitUninterruptibly(held);
            return fd;
        }, Duration.ofMillis(1)));
        NetworkAhead.Order slow = network.order();
        assertThat(network.order().take(true)).as("while another is made").isEmpty();
        assertThat(slow.take(true)).as("it takes too long").isEmpty();
        held.countDown();
        await(() -> made.size() == 1 && !made.getFirst().isOpen());
    }

    @Test
    void whereTheKernelRefusesThereIsNone()
    {
        NetworkAhead network = after(true, new NetworkAhead(() -> {
            made.add(null);
            throw new ErrnoException("unshare", "CLONE_NEWNET", 1);
        }, LONG));
        assertThat(network.order().take(true)).isEmpty();
        assertThat(network.order().take(true)).isEmpty();
        assertThat(made).as("attempts").hasSize(2);
    }

    private static void awaitUninterruptibly(CountDownLatch latch)
    {
        try {
            latch.await();
        }
        catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The thread that makes one is where it was before. */
    @Test
    void aNewOneIsAsTheKernelMakesIt() throws Exception
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
            assertThat(addresses).as("of a loopback that is down").doesNotContain("127.0.0.1");
        }
    }

    private static long inode()
    {
        try (Fd own = FileCalls.open("/proc/thread-self/ns/net", FileCalls.O_RDONLY, 0)) {
            return FileCalls.stat(own).inode();
        }
    }
}
