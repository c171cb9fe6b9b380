package io.jrunc.cli;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.jrunc.spec.FeatureWords;
import io.jrunc.spec.GoJson;
import io.jrunc.spec.RuntimeSpecVersion;

import java.util.List;
import java.util.OptionalInt;

/**
 * {@code jrunc features}. Source: OCI features.md and features-linux.md.
 */
final class FeaturesVerb implements Verb
{
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /** Annotations of a config.json that let its author reach beyond the container. */
    private static final List<String> UNSAFE_ANNOTATIONS = List.of("bundle", "org.systemd.property.", "org.criu.config");

    @Override
    public Words words()
    {
        return Words.command("features", Verbs.summary("features"))
                .about("Prints as JSON what this build supports, in the form of the runtime specification's", "features.md. It says nothing about the machine it runs on.")
                .exactly(0);
    }

    @Override
    public OptionalInt run(Call call)
    {
        ObjectNode features = JSON.objectNode();
        features.put("ociVersionMin", RuntimeSpecVersion.OLDEST.text());
        features.put("ociVersionMax", RuntimeSpecVersion.SUPPORTED.text());
        features.set("hooks", words(FeatureWords.hooks()));
        features.set("mountOptions", words(FeatureWords.mountOptions()));
        features.set("linux", linux(call.host()));
        features.set("annotations", annotations(call.host()));
        features.set("potentiallyUnsafeConfigAnnotations", words(UNSAFE_ANNOTATIONS));
        call.out().line(GoJson.print(features, "    "));
        return DONE;
    }

    /** True only for what takes effect today; a field that is refused when used is false here. */
    private static ObjectNode linux(Surroundings host)
    {
        ObjectNode linux = JSON.objectNode();
        linux.set("namespaces", words(FeatureWords.namespaces()));
        linux.set("capabilities", words(FeatureWords.capabilities()));
        linux.set("cgroup", JSON.objectNode().put("v1", true).put("v2", true).put("systemd", true).put("systemdUser", true).put("rdma", true));
        ObjectNode seccomp = linux.putObject("seccomp").put("enabled", host.libseccompVersion().isPresent());
        seccomp.set("actions", words(FeatureWords.seccompActions()));
        seccomp.set("operators", words(FeatureWords.seccompOperators()));
        seccomp.set("archs", words(FeatureWords.seccompArchs()));
        seccomp.set("knownFlags", words(FeatureWords.seccompFlags()));
        seccomp.set("supportedFlags", words(host.seccompFlags()));
        linux.putObject("apparmor").put("enabled", true);
        linux.putObject("selinux").put("enabled", true);
        linux.putObject("intelRdt").put("enabled", true).put("schemata", true).put("monitoring", true);
        ObjectNode memoryPolicy = linux.putObject("memoryPolicy");
        memoryPolicy.set("modes", words(FeatureWords.memoryPolicyModes()));
        memoryPolicy.set("flags", words(FeatureWords.memoryPolicyFlags()));
        linux.putObject("mountExtensions").putObject("idmap").put("enabled", true);
        linux.putObject("netDevices").put("enabled", true);
        return linux;
    }

    private static ObjectNode annotations(Surroundings host)
    {
        ObjectNode annotations = JSON.objectNode();
        host.libseccompVersion().ifPresent(version -> annotations.put("io.github.seccomp.libseccomp.version", version));
        // Managers look for runc's own key to learn of checkpoints.
        annotations.put("org.opencontainers.runc.checkpoint.enabled", "true");
        annotations.put("io.jrunc.version", Version.jrunc());
        return annotations;
    }

    private static ArrayNode words(List<String> list)
    {
        ArrayNode array = JSON.arrayNode();
        list.forEach(array::add);
        return array;
    }
}
