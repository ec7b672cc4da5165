/* Speaks Fillproof's protocol: a hello, then one answer a line for each request a line. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case.h"
#include "engine.h"
#include "json.h"

static const char HELLO[] =
    "{\"protocol\":1,\"name\":\"third-engine-c\",\"version\":\"1\",\"can\":[\"case\",\"proof\"],"
    "\"gives\":[\"trades\",\"equity\",\"fees\"],\"trade_groups\":[\"closed\",\"open\"],"
    "\"equity_columns\":[\"time_us\",\"cash\",\"equity\",\"equity_worst\",\"drawdown\"],"
    "\"trade_fields\":[\"order_id\",\"direction\",\"order_type\",\"entry_time_us\",\"trigger_time_us\","
    "\"exit_time_us\",\"entry_price\",\"exit_price\",\"stop_loss\",\"take_profit\",\"size\",\"entry_fee\","
    "\"exit_fee\",\"result\",\"net_result\",\"r_multiple\",\"reason\",\"entry_rule\",\"exit_rule\",\"ambiguous\"]}";

/* A text as JSON; control characters do not occur in what is written here but for those of a case. */
static void put_text(const char *text) {
    if (text == NULL) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') putchar('\\');
        putchar((unsigned char)*text < 0x20 ? ' ' : *text);
    }
    putchar('"');
}

/* 17 digits bring every double back with all its bits. */
static void put_number(const char *name, double value, bool there) {
    printf(",\"%s\":", name);
    if (there) printf("%.17g", value);
    else fputs("null", stdout);
}

static void put_time(const char *name, const Bar *bars, int bar, bool there) {
    printf(",\"%s\":", name);
    if (there) printf("%" PRId64, bars[bar].time_us);
    else fputs("null", stdout);
}

static void put_trade(const Order *order, const Bar *bars) {
    static const char *const types[] = {"market", "limit", "stop"};
    bool left = order->status == CLOSED;
    double net = ((order->result - order->entry_fee) - order->exit_fee) + 0.0;
    printf("{\"order_id\":%d,\"direction\":\"%s\"", order->id, order->sign > 0.0 ? "long" : "short");
    printf(",\"order_type\":\"%s\"", types[order->type]);
    put_time("entry_time_us", bars, order->accepted_bar, true);
    put_time("trigger_time_us", bars, order->filled_bar, true);
    put_time("exit_time_us", bars, order->exit_bar, left);
    put_number("entry_price", order->entry_price, true);
    put_number("exit_price", order->exit_price, left);
    put_number("stop_loss", order->stop.price, order->stop.there);
    put_number("take_profit", order->target.price, order->target.there);
    put_number("size", order->size, true);
    put_number("entry_fee", order->entry_fee, true);
    put_number("exit_fee", order->exit_fee, true);
    put_number("result", order->result, left);
    put_number("net_result", net, left);
    put_number("r_multiple", (order->result / order->risk) + 0.0, left && order->risk > 0.0);
    fputs(",\"reason\":", stdout);
    put_text(order->reason);
    fputs(",\"entry_rule\":", stdout);
    put_text(order->entry_rule);
    fputs(",\"exit_rule\":", stdout);
    put_text(order->exit_rule);
    printf(",\"ambiguous\":%s}", order->ambiguous ? "true" : "false");
}

static void put_trades(const Run *run, const Bar *bars) {
    fputs("\"trades\":{\"closed\":[", stdout);
    for (int i = 0; i < run->closed_count; i++) {
        if (i > 0) putchar(',');
        put_trade(&run->orders[run->closed[i]], bars);
    }
    fputs("],\"open\":[", stdout);
    const char *between = "";
    for (int i = 0; i < run->filled_count; i++) {
        const Order *order = &run->orders[run->filled[i]];
        if (order->status != OPEN) continue;
        fputs(between, stdout);
        put_trade(order, bars);
        between = ",";
    }
    fputs("]}", stdout);
}

static double cash_of(const Row *row) { return row->cash; }
static double equity_of(const Row *row) { return row->equity; }
static double worst_of(const Row *row) { return row->equity_worst; }
static double drawdown_of(const Row *row) { return row->drawdown; }

static void put_column(const Run *run, const char *name, double (*value)(const Row *)) {
    printf(",\"%s\":[", name);
    for (int i = 0; i < run->row_count; i++) printf("%s%.17g", i > 0 ? "," : "", value(&run->rows[i]));
    putchar(']');
}

static void put_equity(const Run *run) {
    fputs(",\"equity\":{\"time_us\":[", stdout);
    for (int i = 0; i < run->row_count; i++) printf("%s%" PRId64, i > 0 ? "," : "", run->rows[i].time_us);
    putchar(']');
    put_column(run, "cash", cash_of);
    put_column(run, "equity", equity_of);
    put_column(run, "equity_worst", worst_of);
    put_column(run, "drawdown", drawdown_of);
    putchar('}');
}

static void put_fees(const Run *run, const Bar *bars) {
    fputs(",\"fees\":[", stdout);
    for (int i = 0; i < run->fee_count; i++) {
        const Fee *fee = &run->fees[i];
        const char *kind = fee->at_exit ? "exit_fee" : "entry_fee";
        printf("%s[%" PRId64 ",\"%s\"", i > 0 ? "," : "", bars[fee->bar].time_us, kind);
        printf(",%.17g,%d]", fee->amount, fee->order_id);
    }
    putchar(']');
}

static void put_outcome(const Run *run, const Bar *bars) {
    fputs(",\"outcome\":{", stdout);
    if (run->refused != NULL) {
        fputs("\"error\":{\"code\":\"REFUSED\",\"message\":", stdout);
        put_text(run->refused);
        fputs("}}", stdout);
        return;
    }
    put_trades(run, bars);
    put_equity(run);
    put_fees(run, bars);
    putchar('}');
}

static void answer_case(const Json *request) {
    Case found = case_read(json_get(request, "case"));
    if (found.skip[0] != '\0') {
        fputs(",\"skip\":", stdout);
        put_text(found.skip);
    } else {
        Run run = engine_run(&found.settings, found.bars, found.bar_count, found.signals, found.signal_count);
        put_outcome(&run, found.bars);
        engine_free(&run);
    }
    case_free(&found);
}

/* Read a line, however long; false at the end of the input. */
static bool read_line(char **line, size_t *room) {
    size_t length = 0;
    for (;;) {
        if (length + 1 >= *room) {
            *room = *room == 0 ? 4096 : *room * 2;
            *line = realloc(*line, *room);
            if (*line == NULL) abort();
        }
        int c = getchar();
        (*line)[length] = '\0';
        if (c == EOF || c == '\n') return c == '\n' || length > 0;
        (*line)[length++] = (char)c;
    }
}

int main(void) {
    char *line = NULL;
    size_t room = 0;
    int answered = 0;
    puts(HELLO);
    fflush(stdout);
    while (read_line(&line, &room)) {
        Json *request = json_read(line);
        double id;
        if (!json_number(json_get(request, "id"), &id)) {
            fprintf(stderr, "this is no request: %.200s\n", line);
            return 1;
        }
        printf("{\"id\":%.0f", id);
        if (json_is_text(json_get(request, "do"), "proof")) {
            printf(",\"proof\":{\"answered\":%d}", answered);
        } else {
            answer_case(request);
            answered++;
        }
        puts("}");
        fflush(stdout);
        json_free(request);
    }
    free(line);
    return 0;
}
