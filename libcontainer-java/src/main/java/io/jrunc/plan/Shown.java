package io.jrunc.plan;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** How a printed plan shows a number that stands for something else. */
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
