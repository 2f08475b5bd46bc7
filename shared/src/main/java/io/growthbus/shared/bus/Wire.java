package io.growthbus.shared.bus;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonSetter;
import com.fasterxml.jackson.annotation.Nulls;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.cfg.MapperConfig;
import com.fasterxml.jackson.databind.introspect.Annotated;
import com.fasterxml.jackson.databind.introspect.AnnotatedConstructor;
import com.fasterxml.jackson.databind.introspect.AnnotatedMember;
import com.fasterxml.jackson.databind.introspect.AnnotatedParameter;
import com.fasterxml.jackson.databind.introspect.JacksonAnnotationIntrospector;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.util.Collection;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * JSON form of messages: camel-case fields, enums in lower case, absent instead of null, unknown
 * fields ignored (a newer node may send more).
 *
 * <p>A component of a record that is neither {@code @Nullable} nor primitive must be there: a
 * message without it is refused, and no room meets a null that its types exclude. So a component
 * that is added to a message later has to be one of the two.
 */
public final class Wire {
  private static final ObjectMapper MAPPER =
      JsonMapper.builder()
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
          .annotationIntrospector(new NullMarkedRecords())
          .addModule(new SimpleModule("growthbus").addSerializer(new LowerCaseEnums()))
          .build();

  static {
    // A batch of the largest permitted size, in base64 inside a message, is one string.
    MAPPER
        .getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder()
                .maxStringLength(20_000_000)
                .maxNestingDepth(64)
                .build());
  }

  private Wire() {}

  /** JSON bytes of a message record. */
  public static Buffer encode(Object message) {
    try {
      return Buffer.buffer(MAPPER.writeValueAsBytes(message));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(
          "cannot write " + message.getClass().getSimpleName() + " as JSON", e);
    }
  }

  /**
   * Message record of JSON bytes.
   *
   * @throws IllegalArgumentException when the bytes are not a JSON form of that type
   */
  public static <T> T decode(Buffer json, Class<T> type) {
    try {
      return MAPPER.readValue(json.getBytes(), type);
    } catch (IOException e) {
      throw new IllegalArgumentException("not a JSON form of " + type.getSimpleName(), e);
    }
  }

  /** Reads from the null marks of a record what must not be absent. */
  private static final class NullMarkedRecords extends JacksonAnnotationIntrospector {
    /** A message is its components: a shorter constructor is no other form of it. */
    @Override
    public JsonCreator.@Nullable Mode findCreatorAnnotation(
        MapperConfig<?> config, Annotated annotated) {
      return annotated instanceof AnnotatedConstructor constructor
              && constructor.getDeclaringClass().isRecord()
              && constructor.getParameterCount()
                  != constructor.getDeclaringClass().getRecordComponents().length
          ? JsonCreator.Mode.DISABLED
          : super.findCreatorAnnotation(config, annotated);
    }

    private static final long serialVersionUID = 1L;

    @Override
    public @Nullable Boolean hasRequiredMarker(AnnotatedMember member) {
      RecordComponent component = component(member);
      // No conditional expression: it would unbox the null that means "not said".
      if (component == null) {
        return super.hasRequiredMarker(member);
      }
      return isRequired(component);
    }

    @Override
    public JsonSetter.Value findSetterInfo(Annotated member) {
      RecordComponent component = component(member);
      if (component == null) {
        return super.findSetterInfo(member);
      }
      boolean list = Collection.class.isAssignableFrom(component.getType());
      return JsonSetter.Value.construct(
          isRequired(component) ? Nulls.FAIL : Nulls.DEFAULT, list ? Nulls.FAIL : Nulls.DEFAULT);
    }

    private static boolean isRequired(RecordComponent component) {
      return !component.getType().isPrimitive()
          && !component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private static @Nullable RecordComponent component(Annotated member) {
      return member instanceof AnnotatedParameter parameter
              && parameter.getDeclaringClass().isRecord()
          ? parameter.getDeclaringClass().getRecordComponents()[parameter.getIndex()]
          : null;
    }
  }

  @SuppressWarnings("rawtypes")
  private static final class LowerCaseEnums extends StdSerializer<Enum> {
    private static final long serialVersionUID = 1L;

    LowerCaseEnums() {
      super(Enum.class);
    }

    @Override
    public void serialize(Enum value, JsonGenerator out, SerializerProvider provider)
        throws IOException {
      out.writeString(value.name().toLowerCase(Locale.ROOT));
    }
  }
}
