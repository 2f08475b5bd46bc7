package io.growthbus.entitlements.provider;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.growthbus.entitlements.core.BillingEvent;
import io.growthbus.entitlements.core.BillingEvent.CheckoutCompleted;
import io.growthbus.entitlements.core.BillingEvent.PaymentReported;
import io.growthbus.entitlements.core.BillingEvent.SubscriptionReported;
import io.growthbus.entitlements.core.BillingEvent.Unrelated;
import io.growthbus.shared.config.Catalogue;
import io.growthbus.shared.config.GrowthConfig.Entitlements;
import io.growthbus.shared.config.GrowthConfig.Plan;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StripeEventsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Entitlements CONFIG =
      new Entitlements(
          Duration.ZERO,
          "free",
          Duration.ZERO,
          Duration.ZERO,
          Duration.ZERO,
          List.of(),
          List.of(
              new Plan("pro", List.of("pro_monthly", "price_pro")),
              new Plan("enterprise", List.of("enterprise_yearly"))),
          Catalogue.EMPTY);

  private static Optional<BillingEvent> read(String json) {
    try {
      return StripeEvents.read(JSON.readTree(json.replace('\'', '"')), CONFIG);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(json, e);
    }
  }

  private static BillingEvent event(String type, String object) {
    return read("{'id':'evt_1','type':'%s','created':100,'data':{'object':%s}}"
            .formatted(type, object))
        .orElseThrow();
  }

  private static SubscriptionReported subscription(String fields) {
    return (SubscriptionReported)
        event("customer.subscription.updated", "{'id':'sub_1','status':'active'," + fields + "}");
  }

  private static String item(String fields) {
    return "'items':{'data':[{" + fields + "}]}";
  }

  @Test
  void a_subscription_is_read_whole() {
    assertThat(
            event(
                "customer.subscription.updated",
                """
                {'id':'sub_1','customer':'cus_1','status':'active','cancel_at_period_end':true,
                 'trial_end':200,'ended_at':300,'metadata':{'user_id':'u1','tier':'pro'},
                 'items':{'data':[{'current_period_end':400}]}}
                """))
        .isEqualTo(
            new SubscriptionReported(
                "evt_1", 100_000, 1, "sub_1", "cus_1", "u1", "pro", "active", 400_000L, 200_000L,
                300_000L, true, false));
  }

  @Test
  void what_a_subscription_does_not_say_is_absent() {
    assertThat(
            event(
                "customer.subscription.created",
                "{'id':'sub_1','status':'active','metadata':{'user_id':''}}"))
        .isEqualTo(
            new SubscriptionReported(
                "evt_1", 100_000, 0, "sub_1", null, null, null, "active", null, null, null, false,
                false));
  }

  @ParameterizedTest
  @CsvSource({"created,0", "updated,1", "paused,1", "resumed,1", "deleted,2"})
  void the_type_says_the_rank_and_only_deleted_is_the_end(String word, int rank) {
    SubscriptionReported report =
        (SubscriptionReported)
            event("customer.subscription." + word, "{'id':'sub_1','status':'active'}");

    assertThat(report.rank()).isEqualTo(rank);
    assertThat(report.deleted()).isEqualTo(word.equals("deleted"));
    assertThat(report.status()).isEqualTo("active");
  }

  @Test
  void the_end_of_the_period_is_read_on_the_item_and_at_its_old_place() {
    assertThat(subscription("'current_period_end':400").periodEndMs()).isEqualTo(400_000);
    assertThat(subscription(item("'current_period_end':500")).periodEndMs()).isEqualTo(500_000);
    assertThat(
            subscription("'current_period_end':400," + item("'current_period_end':500"))
                .periodEndMs())
        .isEqualTo(500_000);
  }

  @Test
  void a_time_that_is_no_whole_number_is_absent() {
    assertThat(subscription("'current_period_end':'400'").periodEndMs()).isNull();
    assertThat(subscription("'current_period_end':1.5").periodEndMs()).isNull();
    assertThat(subscription("'current_period_end':null").periodEndMs()).isNull();
  }

  @Test
  void an_expanded_object_counts_as_its_id() {
    assertThat(subscription("'customer':{'id':'cus_9','name':'x'}").customerId())
        .isEqualTo("cus_9");
    assertThat(
            event(
                "checkout.session.completed",
                "{'client_reference_id':'u1','customer':{'id':'cus_9'},'subscription':{'id':'s'}}"))
        .isEqualTo(new CheckoutCompleted("evt_1", 100_000, "s", "cus_9", "u1"));
  }

  @Test
  void the_tier_is_named_by_the_subscription_then_the_price_then_the_product() {
    String metadata = "'metadata':{'tier':'%s'}";
    String product = "'product':{" + metadata.formatted("of_product") + "}";
    String price = "'price':{'lookup_key':'pro_monthly'," + product;

    assertThat(subscription(item(price + "}")).tier()).isEqualTo("of_product");
    assertThat(subscription(item(price + "," + metadata.formatted("of_price") + "}")).tier())
        .isEqualTo("of_price");
    assertThat(
            subscription(
                    metadata.formatted("of_subscription")
                        + ","
                        + item(price + "," + metadata.formatted("of_price") + "}"))
                .tier())
        .isEqualTo("of_subscription");
  }

  @Test
  void without_metadata_the_plan_of_the_lookup_key_or_price_id_says_the_tier() {
    assertThat(subscription(item("'price':{'id':'x','lookup_key':'enterprise_yearly'}")).tier())
        .isEqualTo("enterprise");
    assertThat(subscription(item("'price':{'id':'price_pro','lookup_key':null}")).tier())
        .isEqualTo("pro");
    assertThat(subscription(item("'price':{'id':'other'}")).tier()).isNull();
  }

  @Test
  void an_add_on_that_comes_first_does_not_hide_the_plan() {
    SubscriptionReported report =
        subscription(
            """
            'items':{'data':[
              {'current_period_end':400,'price':{'id':'price_add_on'}},
              {'current_period_end':500,'price':{'id':'price_pro'}}]}
            """);

    assertThat(report.tier()).isEqualTo("pro");
    assertThat(report.periodEndMs()).isEqualTo(500_000);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'subscription':'sub_1'",
        "'subscription':{'id':'sub_1'}",
        "'parent':{'subscription_details':{'subscription':'sub_1'}}",
        "'subscription':null,'parent':{'subscription_details':{'subscription':{'id':'sub_1'}}}"
      })
  void an_invoice_names_its_subscription_at_the_old_place_or_the_new_one(String fields) {
    String invoice = "{'id':'in_1','customer':'cus_1'," + fields + "}";

    assertThat(event("invoice.payment_failed", invoice))
        .isEqualTo(new PaymentReported("evt_1", 100_000, "sub_1", "cus_1", false));
    assertThat(event("invoice.paid", invoice))
        .isEqualTo(new PaymentReported("evt_1", 100_000, "sub_1", "cus_1", true));
    assertThat(event("invoice.payment_succeeded", invoice))
        .isEqualTo(new PaymentReported("evt_1", 100_000, "sub_1", "cus_1", true));
  }

  @Test
  void what_concerns_no_subscription_is_kept_as_unrelated() {
    Unrelated unrelated = new Unrelated("evt_1", 100_000, null, "cus_1");

    assertThat(event("invoice.paid", "{'customer':'cus_1'}")).isEqualTo(unrelated);
    assertThat(event("customer.subscription.updated", "{'customer':'cus_1'}")).isEqualTo(unrelated);
    assertThat(event("checkout.session.completed", "{'customer':'cus_1'}")).isEqualTo(unrelated);
  }

  @ParameterizedTest
  @ValueSource(strings = {"charge.refunded", "v1.customer.subscription.updated", "nonsense"})
  void a_type_that_is_not_known_is_unrelated_and_no_failure(String type) {
    assertThat(event(type, "{'id':'ch_1','customer':'cus_1'}"))
        .isEqualTo(new Unrelated("evt_1", 100_000, null, "cus_1"));
  }

  @Test
  void a_customer_who_changes_is_known_by_the_id() {
    assertThat(event("customer.updated", "{'id':'cus_1','email':'ada@example.com'}"))
        .isEqualTo(new Unrelated("evt_1", 100_000, null, "cus_1"));
  }

  @Test
  void a_part_of_a_subscription_takes_no_plan_away() {
    assertThat(event("customer.subscription.updated", "{'id':'sub_1','customer':'cus_1'}"))
        .isEqualTo(new Unrelated("evt_1", 100_000, "sub_1", "cus_1", false));
  }

  @Test
  void a_thin_event_without_a_snapshot_is_unrelated() {
    assertThat(
            read(
                """
                {'id':'evt_1','object':'v2.core.event','type':'v1.customer.subscription.updated',
                 'created':'2026-11-24T00:00:00Z','related_object':{'id':'sub_1'}}
                """))
        .contains(new Unrelated("evt_1", 1_795_478_400_000L, null, null, false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "7",
        "{'id':'evt_1'}",
        "{'type':'invoice.paid'}",
        "{'id':'','type':'invoice.paid'}",
        "{'id':1,'type':'invoice.paid'}",
        "{'id':'evt_1','type':['invoice.paid']}"
      })
  void a_document_without_an_id_and_a_type_is_no_event(String json) {
    assertThat(read(json)).isEmpty();
  }

  @Test
  void an_id_or_type_longer_than_255_characters_is_no_event() {
    String longest = "x".repeat(255);

    assertThat(read("{'id':'" + longest + "','type':'" + longest + "'}")).isPresent();
    assertThat(read("{'id':'" + longest + "y','type':'t'}")).isEmpty();
    assertThat(read("{'id':'i','type':'" + longest + "y'}")).isEmpty();
  }
}
