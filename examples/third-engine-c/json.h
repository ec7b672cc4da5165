/* A small reader of JSON: one document, read once, thrown away. */
#ifndef JSON_H
#define JSON_H

#include <stdbool.h>
#include <stddef.h>

typedef enum { JSON_NULL, JSON_FALSE, JSON_TRUE, JSON_NUMBER, JSON_TEXT, JSON_LIST, JSON_OBJECT } JsonKind;

typedef struct Json {
    JsonKind kind;
    char *text;         /* of a number or a text, as it is written */
    char *key;          /* of a member of an object */
    struct Json *first; /* members or items */
    struct Json *next;  /* the one after this */
} Json;

/* Read a document; NULL where it is none.  The text is changed. */
Json *json_read(char *text);
void json_free(Json *value);

/* The member of that name, NULL where there is none or it is null. */
const Json *json_get(const Json *object, const char *key);
size_t json_length(const Json *list);
bool json_is_text(const Json *value, const char *text);
/* A number, written as a number or as a text; false where it is neither. */
bool json_number(const Json *value, double *number);

#endif
