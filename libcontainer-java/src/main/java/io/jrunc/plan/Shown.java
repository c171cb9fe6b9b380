package io.jrunc.plan;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** What a number in a step stands for; a printed plan shows that instead. */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.RECORD_COMPONENT)
@interface Shown
{
    As value();

    enum As
    {
        SLOT, MODE, HEX, CLONE, MOUNT_ATTR, PROPAGATION, TARGET, SECCOMP, CAPABILITY
    }
}
