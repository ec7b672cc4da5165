#include "json.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    char *at;
    bool wrong;
} Reader;

static Json *value(Reader *reader, int depth);

static void skip_space(Reader *reader) {
    while (*reader->at == ' ' || *reader->at == '\t' || *reader->at == '\n' || *reader->at == '\r') reader->at++;
}

static Json *make(JsonKind kind) {
    Json *made = calloc(1, sizeof *made);
    if (made == NULL) abort();
    made->kind = kind;
    return made;
}

static void put_code(char **to, unsigned code) {
    char *out = *to;
    if (code < 0x80) {
        *out++ = (char)code;
    } else if (code < 0x800) {
        *out++ = (char)(0xC0 | (code >> 6));
        *out++ = (char)(0x80 | (code & 0x3F));
    } else {
        *out++ = (char)(0xE0 | (code >> 12));
        *out++ = (char)(0x80 | ((code >> 6) & 0x3F));
        *out++ = (char)(0x80 | (code & 0x3F));
    }
    *to = out;
}

/* Read a text in place: what it stands for is never longer than how it is written. */
static char *text(Reader *reader) {
    char *start = ++reader->at, *out = start;
    while (*reader->at != '"') {
        char c = *reader->at++;
        if (c == '\0') {
            reader->wrong = true;
            reader->at--;
            return start;
        }
        if (c != '\\') {
            *out++ = c;
            continue;
        }
        c = *reader->at++;
        switch (c) {
            case 'n': *out++ = '\n'; break;
            case 't': *out++ = '\t'; break;
            case 'r': *out++ = '\r'; break;
            case 'b': *out++ = '\b'; break;
            case 'f': *out++ = '\f'; break;
            case 'u': {
                char digits[5] = {0}, *end;
                size_t length = strspn(reader->at, "0123456789abcdefABCDEF");
                memcpy(digits, reader->at, length < 4 ? length : 4);
                put_code(&out, (unsigned)strtoul(digits, &end, 16));
                if (end != digits + 4) reader->wrong = true;
                reader->at += end - digits;
                break;
            }
            case '"': case '\\': case '/': *out++ = c; break;
            default: reader->wrong = true; return start;
        }
    }
    reader->at++;
    *out = '\0';
    return start;
}

static Json *members(Reader *reader, JsonKind kind, int depth) {
    char end = kind == JSON_LIST ? ']' : '}';
    Json *made = make(kind), **last = &made->first;
    reader->at++;
    skip_space(reader);
    if (*reader->at == end) {
        reader->at++;
        return made;
    }
    while (!reader->wrong) {
        char *key = NULL;
        if (kind == JSON_OBJECT) {
            skip_space(reader);
            if (*reader->at != '"') break;
            key = text(reader);
            skip_space(reader);
            if (*reader->at++ != ':') break;
        }
        *last = value(reader, depth + 1);
        (*last)->key = key;
        last = &(*last)->next;
        skip_space(reader);
        char c = *reader->at;
        if (c != ',' && c != end) break;
        /* A text before it may end here, so the mark is wiped out only now. */
        *reader->at++ = '\0';
        if (c == end) return made;
    }
    reader->wrong = true;
    return made;
}

static Json *word(Reader *reader, const char *name, JsonKind kind) {
    size_t length = strlen(name);
    if (strncmp(reader->at, name, length) != 0) reader->wrong = true;
    else reader->at += length;
    return make(kind);
}

static Json *value(Reader *reader, int depth) {
    skip_space(reader);
    if (depth > 64) reader->wrong = true;
    switch (reader->wrong ? '\0' : *reader->at) {
        case '{': return members(reader, JSON_OBJECT, depth);
        case '[': return members(reader, JSON_LIST, depth);
        case 'n': return word(reader, "null", JSON_NULL);
        case 't': return word(reader, "true", JSON_TRUE);
        case 'f': return word(reader, "false", JSON_FALSE);
        case '"': {
            Json *made = make(JSON_TEXT);
            made->text = text(reader);
            return made;
        }
        default: {
            Json *made = make(JSON_NUMBER);
            size_t length = strspn(reader->at, "+-0123456789.eE");
            made->text = reader->at;
            reader->at += length;
            if (length == 0) reader->wrong = true;
            return made;
        }
    }
}

Json *json_read(char *line) {
    Reader reader = {line, false};
    Json *found = value(&reader, 0);
    skip_space(&reader);
    if (reader.wrong || *reader.at != '\0') {
        json_free(found);
        return NULL;
    }
    return found;
}

void json_free(Json *object) {
    while (object != NULL) {
        Json *next = object->next;
        json_free(object->first);
        free(object);
        object = next;
    }
}

const Json *json_get(const Json *object, const char *key) {
    if (object == NULL || object->kind != JSON_OBJECT) return NULL;
    for (const Json *member = object->first; member != NULL; member = member->next)
        if (strcmp(member->key, key) == 0) return member->kind == JSON_NULL ? NULL : member;
    return NULL;
}

size_t json_length(const Json *list) {
    size_t length = 0;
    if (list != NULL)
        for (const Json *item = list->first; item != NULL; item = item->next) length++;
    return length;
}

bool json_is_text(const Json *object, const char *wanted) {
    return object != NULL && object->kind == JSON_TEXT && strcmp(object->text, wanted) == 0;
}

bool json_number(const Json *object, double *number) {
    if (object == NULL || (object->kind != JSON_NUMBER && object->kind != JSON_TEXT)) return false;
    char *end;
    *number = strtod(object->text, &end);
    return end != object->text && end[strspn(end, " \t\r\n")] == '\0';
}
