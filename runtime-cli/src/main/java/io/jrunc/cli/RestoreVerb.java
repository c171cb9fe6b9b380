package io.jrunc.cli;

import io.jrunc.lifecycle.CreateRequest;
import io.jrunc.lifecycle.RestoreRequest;

import java.util.Optional;
import java.util.OptionalInt;

/**
 * {@code jrunc restore [options] ID}.
 */
final class RestoreVerb implements Verb
{
    @Override
    public Words words()
    {
        return BundleOption.add(CriuOptions.add(Words.command("restore", Verbs.summary("restore"))
                .synopsis("[command options] <container-id>")
                .about("Makes a container from a bundle and lets it continue where \"jrunc checkpoint\" saved it.")
                .exactly(1)))
                .text("--console-socket", "AF_UNIX socket that receives the master side of the container's terminal")
                .flag("--detach, -d", "leave once the container runs")
                .text("--pid-file", "file to write the first process's id to")
                .flag("--no-subreaper", "do not adopt processes that the container leaves behind")
                .flag("--no-pivot", "enter the root filesystem by moving mounts, for a root on a ramdisk, where pivot_root fails")
                .text("--lsm-profile", "security profile for the restored processes, type:name")
                .text("--lsm-mount-context", "SELinux context for the restored mounts");
    }

    @Override
    public OptionalInt run(Call call)
    {
        Parsed parsed = call.parsed();
        CreateRequest.Mode mode = parsed.flag("--detach") ? CreateRequest.Mode.RUN_DETACHED : CreateRequest.Mode.RUN;
        CreateRequest container = new CreateRequest(call.id(), BundleOption.of(call), mode, false, !parsed.flag("--no-subreaper"), parsed.flag("--no-pivot"), false, 0,
                CreateOptions.path(call, "--console-socket"), Optional.empty(), CreateOptions.path(call, "--pid-file"), call.globals().systemdCgroup(),
                mode == CreateRequest.Mode.RUN ? Optional.of((pid, startTime) -> CreateOptions.epilogue(call, call.id(), pid, startTime)) : Optional.empty());
        RestoreRequest request = new RestoreRequest(container, CriuOptions.choices(call), parsed.text("--lsm-profile").filter(text -> !text.isEmpty()),
                parsed.text("--lsm-mount-context").filter(text -> !text.isEmpty()));
        return call.containers().restore(request);
    }
}
