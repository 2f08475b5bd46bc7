package io.growthbus.shared.testing;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxy;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** What a class logs while a test runs, kept from the test's own output. */
public final class CapturedLog implements AutoCloseable {
  private final List<Entry> entries = new CopyOnWriteArrayList<>();
  private final Logger logger;
  private final AppenderBase<ILoggingEvent> appender =
      new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
          entries.add(entry(event));
        }
      };

  /**
   * A logged line.
   *
   * @param level {@code ERROR}, {@code WARN}, {@code INFO}, …
   * @param text the line with its values filled in
   * @param failure what was logged with it, or null
   */
  public record Entry(String level, String text, @Nullable Throwable failure) {}

  private CapturedLog(Logger logger) {
    this.logger = logger;
  }

  /** Begins to capture what a class logs. */
  public static CapturedLog of(Class<?> type) {
    CapturedLog log = new CapturedLog((Logger) LoggerFactory.getLogger(type));
    log.appender.start();
    log.logger.setAdditive(false);
    log.logger.addAppender(log.appender);
    return log;
  }

  /** The lines so far, in order. */
  public List<Entry> entries() {
    return List.copyOf(entries);
  }

  @Override
  public void close() {
    logger.detachAppender(appender);
    logger.setAdditive(true);
  }

  private static Entry entry(ILoggingEvent event) {
    return new Entry(
        event.getLevel().toString(),
        event.getFormattedMessage(),
        event.getThrowableProxy() instanceof ThrowableProxy proxy ? proxy.getThrowable() : null);
  }
}
