package io.jrunc.cli;

import io.jrunc.error.UsageException;

/**
 * How log records look; the two formats that managers parse.
 */
enum LogFormat
{
    TEXT, JSON;

    static LogFormat named(String word)
    {
        return switch (word) {
            case "", "text" -> TEXT;
            case "json" -> JSON;
            default -> throw new UsageException("invalid log-format: " + word);
        };
    }
}
