package io.jrunc.cgroup;

import io.jrunc.spec.BlockIo;
import io.jrunc.spec.Cpu;
import io.jrunc.spec.Memory;
import io.jrunc.spec.Resources;
import io.jrunc.spec.ThrottleDevice;
import io.jrunc.spec.WeightDevice;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.function.IntPredicate;

/**
 * What {@code update} makes of a container's resources. Pure; source: runc update, which managers are written for.
 *
 * <p>Three habits live side by side. Kept unless given: memory limits, shares, real-time bandwidth, block I/O. Replaced
 * as a whole, absent meaning "no longer set, kernel value untouched": cpus, mems, idle, burst, pids, unified. Never
 * changed: device rules, huge pages, network, rdma.
 */
public final class ResourceUpdate
{
    private static final Cpu NO_CPU = new Cpu(
            OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
            OptionalLong.empty(), Optional.empty(), Optional.empty(), OptionalLong.empty());

    private static final BlockIo NO_BLOCK_IO = new BlockIo(
            OptionalInt.empty(), OptionalInt.empty(), List.of(), List.of(), List.of(), List.of(), List.of());

    private static final Memory NO_MEMORY = new Memory(
            OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(), OptionalLong.empty(),
            OptionalLong.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    private ResourceUpdate() {}

    /**
     * @param stored what the container was last given
     * @param change what the caller of {@code update} said
     * @return what the container is to be given now, and what the next update starts from
     * @throws io.jrunc.error.SpecException if old and new values contradict each other
     */
    public static Resources merge(Resources stored, Resources change)
    {
        return new Resources(
                stored.devices(),
                memory(stored.memory(), change.memory()),
                Optional.of(cpu(stored.cpu().orElse(NO_CPU), change.cpu().orElse(NO_CPU))),
                change.pids(),
                blockIo(stored.blockIo(), change.blockIo()),
                stored.hugepageLimits(),
                stored.network(),
                stored.rdma(),
                change.unified());
    }

    private static Optional<Memory> memory(Optional<Memory> stored, Optional<Memory> change)
    {
        if (change.isEmpty()) {
            return stored;
        }
        Memory old = stored.orElse(NO_MEMORY);
        Memory now = change.get();
        // Lifting the memory limit alone lifts the swap limit with it; the old one would have nothing to stand on.
        OptionalLong swap = now.limit().orElse(0) == -1 && now.swap().isEmpty() ? OptionalLong.of(0) : now.swap();
        return Optional.of(new Memory(
                either(now.limit(), old.limit()),
                either(now.reservation(), old.reservation()),
                either(swap, old.swap()),
                old.kernel(),
                old.kernelTcp(),
                old.swappiness(),
                old.disableOomKiller(),
                old.useHierarchy(),
                now.checkBeforeUpdate().or(old::checkBeforeUpdate)));
    }

    private static Cpu cpu(Cpu old, Cpu now)
    {
        OptionalLong quota = now.quota();
        OptionalLong period = now.period();
        // One of the two alone keeps the other; neither, or both, replaces both.
        if (isSet(quota) != isSet(period)) {
            quota = isSet(quota) ? quota : old.quota();
            period = isSet(period) ? period : old.period();
        }
        // The kernel takes no weight beside idle, so an old one must not be written again.
        OptionalLong shares = now.idle().isPresent() && now.shares().isEmpty() ? OptionalLong.of(0) : now.shares();
        return new Cpu(
                either(shares, old.shares()),
                quota,
                now.burst(),
                period,
                either(now.realtimeRuntime(), old.realtimeRuntime()),
                either(now.realtimePeriod(), old.realtimePeriod()),
                now.cpus(),
                now.mems(),
                now.idle());
    }

    private static Optional<BlockIo> blockIo(Optional<BlockIo> stored, Optional<BlockIo> change)
    {
        if (change.isEmpty()) {
            return stored;
        }
        BlockIo old = stored.orElse(NO_BLOCK_IO);
        BlockIo now = change.get();
        return Optional.of(new BlockIo(
                now.weight().isPresent() ? now.weight() : old.weight(),
                now.leafWeight().isPresent() ? now.leafWeight() : old.leafWeight(),
                weights(old.weightDevice(), now.weightDevice()),
                throttles(old.throttleReadBpsDevice(), now.throttleReadBpsDevice()),
                throttles(old.throttleWriteBpsDevice(), now.throttleWriteBpsDevice()),
                throttles(old.throttleReadIopsDevice(), now.throttleReadIopsDevice()),
                throttles(old.throttleWriteIopsDevice(), now.throttleWriteIopsDevice())));
    }

    private static List<WeightDevice> weights(List<WeightDevice> old, List<WeightDevice> now)
    {
        List<WeightDevice> result = new ArrayList<>(old);
        for (WeightDevice device : now) {
            int at = lastIndex(result.size(), i -> result.get(i).major() == device.major() && result.get(i).minor() == device.minor());
            if (at < 0) {
                result.add(device);
                continue;
            }
            WeightDevice known = result.get(at);
            result.set(at, new WeightDevice(
                    device.major(),
                    device.minor(),
                    device.weight().isPresent() ? device.weight() : known.weight(),
                    device.leafWeight().isPresent() ? device.leafWeight() : known.leafWeight()));
        }
        return result;
    }

    private static List<ThrottleDevice> throttles(List<ThrottleDevice> old, List<ThrottleDevice> now)
    {
        List<ThrottleDevice> result = new ArrayList<>(old);
        for (ThrottleDevice device : now) {
            int at = lastIndex(result.size(), i -> result.get(i).major() == device.major() && result.get(i).minor() == device.minor());
            if (at < 0) {
                result.add(device);
            }
            else {
                result.set(at, device);
            }
        }
        return result;
    }

    /** The last of several entries for one device is the one in force, because it was written last. */
    private static int lastIndex(int size, IntPredicate matches)
    {
        for (int i = size - 1; i >= 0; i--) {
            if (matches.test(i)) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isSet(OptionalLong value)
    {
        return value.orElse(0) != 0;
    }

    private static OptionalLong either(OptionalLong first, OptionalLong second)
    {
        return first.isPresent() ? first : second;
    }
}
