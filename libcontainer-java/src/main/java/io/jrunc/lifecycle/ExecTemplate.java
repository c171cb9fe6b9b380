package io.jrunc.lifecycle;

import io.jrunc.error.UsageException;
import io.jrunc.spec.Capabilities;
import io.jrunc.spec.ContainerProcess;
import io.jrunc.spec.SpecParser;
import io.jrunc.spec.User;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The process that {@code exec} adds: a template with the command's options laid over it. Pure. */
final class ExecTemplate
{
    private ExecTemplate() {}

    /**
     * @param template the process of the bundle's config.json as it is today
     * @throws UsageException when there is nothing to run
     */
    static ContainerProcess of(ExecRequest request, ContainerProcess template)
    {
        if (request.process().isPresent()) {
            return SpecParser.parseProcess(request.process().get());
        }
        if (request.command().isEmpty()) {
            throw new UsageException("exec args cannot be empty");
        }
        return new ContainerProcess(
                request.terminal(),
                template.consoleSize(),
                user(request, template.user()),
                request.command(),
                joined(template.env(), request.environment()),
                request.cwd().orElse(template.cwd()),
                capabilities(request.capabilities(), template.capabilities()),
                template.rlimits(),
                request.noNewPrivileges().orElse(template.noNewPrivileges()),
                request.apparmorProfile().or(template::apparmorProfile),
                request.processLabel().or(template::selinuxLabel),
                template.oomScoreAdj(),
                template.scheduler(),
                template.ioPriority(),
                template.execCpuAffinity());
    }

    private static User user(ExecRequest request, User template)
    {
        List<Long> groups = new ArrayList<>(template.additionalGids());
        request.additionalGids().forEach(gid -> groups.add((long) gid));
        return new User(request.uid().isPresent() ? request.uid().getAsInt() : template.uid(),
                request.gid().isPresent() ? request.gid().getAsInt() : template.gid(), template.umask(), groups);
    }

    /**
     * More capabilities for this process. Never inheritable ones, which a program without privileges could pick up from a file
     * (CVE-2022-29162); ambient ones only where the template has inheritable ones, as the kernel demands.
     */
    private static Optional<Capabilities> capabilities(List<String> added, Optional<Capabilities> template)
    {
        if (added.isEmpty()) {
            return template;
        }
        Capabilities sets = template.orElse(new Capabilities(List.of(), List.of(), List.of(), List.of(), List.of()));
        return Optional.of(new Capabilities(joined(sets.bounding(), added), joined(sets.effective(), added), sets.inheritable(),
                joined(sets.permitted(), added), sets.inheritable().isEmpty() ? sets.ambient() : joined(sets.ambient(), added)));
    }

    private static <T> List<T> joined(List<T> first, List<T> second)
    {
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }
}
