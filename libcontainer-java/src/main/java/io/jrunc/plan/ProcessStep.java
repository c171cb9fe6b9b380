package io.jrunc.plan;

/** Steps of the init that shape the process: kernel settings, scheduling, credentials, confinement. What each does: docs/protocol.md. */
public sealed interface ProcessStep extends Step
{
    record Hostname(String name) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.HOSTNAME;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(name);
        }
    }

    record Domainname(String name) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.DOMAINNAME;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(name);
        }
    }

    record Sysctl(String name, String value) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.SYSCTL;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(name).s(value);
        }
    }

    record LoopbackUp() implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.LOOPBACK_UP;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    record Keyring(String name, @Shown(Shown.As.HEX) long set, @Shown(Shown.As.HEX) long keep) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.KEYRING;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(name).i(set).i(keep);
        }
    }

    record AttrExec(String module, String label) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.ATTR_EXEC;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(module).s(label);
        }
    }

    record Scheduler(long policy, @Shown(Shown.As.HEX) long flags, long nice, long priority, long runtime, long deadline,
            long period) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.SCHEDULER;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(policy).i(flags).i(nice).i(priority).i(runtime).i(deadline).i(period);
        }
    }

    record Ioprio(@Shown(Shown.As.HEX) long value) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.IOPRIO;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(value);
        }
    }

    record Affinity(byte[] mask) implements ProcessStep
    {
        public Affinity
        {
            mask = mask.clone();
        }

        @Override
        public Op op()
        {
            return Op.AFFINITY;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.b(mask);
        }
    }

    record Personality(@Shown(Shown.As.HEX) long domain) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.PERSONALITY;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(domain);
        }
    }

    record Mempolicy(@Shown(Shown.As.HEX) long mode, byte[] nodes) implements ProcessStep
    {
        public Mempolicy
        {
            nodes = nodes.clone();
        }

        @Override
        public Op op()
        {
            return Op.MEMPOLICY;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(mode).b(nodes);
        }
    }

    /** @param resource RLIMIT_* number; @param soft, hard unsigned; -1 = unlimited */
    record Rlimit(long resource, long soft, long hard) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.RLIMIT;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(resource).i(soft).i(hard);
        }
    }

    record Umask(@Shown(Shown.As.MODE) long mask) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.UMASK;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(mask);
        }
    }

    record ChdirIn(String directory, boolean deniedIsFine) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.CHDIR_IN;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(directory).i(deniedIsFine ? 1 : 0);
        }
    }

    record Nnp() implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.NNP;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    record Seccomp(byte[] program, @Shown(Shown.As.SECCOMP) long flags) implements ProcessStep
    {
        public Seccomp
        {
            program = program.clone();
        }

        @Override
        public Op op()
        {
            return Op.SECCOMP;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.b(program).i(flags);
        }
    }

    record Bounding(@Shown(Shown.As.CAPABILITY) long keep) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.BOUNDING;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(keep);
        }
    }

    record Credentials(long uid, long gid, String groups, boolean keepCapabilities) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.CREDENTIALS;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(uid).i(gid).s(groups).i(keepCapabilities ? 1 : 0);
        }
    }

    record Capabilities(@Shown(Shown.As.CAPABILITY) long effective, @Shown(Shown.As.CAPABILITY) long permitted,
            @Shown(Shown.As.CAPABILITY) long inheritable) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.CAPABILITIES;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(effective).i(permitted).i(inheritable);
        }
    }

    /** What of it the kernel refuses comes back, and is no failure. */
    record Ambient(@Shown(Shown.As.CAPABILITY) long capabilities) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.AMBIENT;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(capabilities);
        }
    }

    record ChownStdio(long uid) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.CHOWN_STDIO;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.i(uid);
        }
    }

    record FindProgram(String name, String path) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.FIND_PROGRAM;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(name).s(path);
        }
    }

    record CheckCwd() implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.CHECK_CWD;
        }

        @Override
        public void encode(StepWriter w)
        {
            // no arguments
        }
    }

    record ReadFile(String path, long limit) implements ProcessStep
    {
        @Override
        public Op op()
        {
            return Op.READ_FILE;
        }

        @Override
        public void encode(StepWriter w)
        {
            w.s(path).i(limit);
        }
    }
}
