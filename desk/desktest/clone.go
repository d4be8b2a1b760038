package desktest

import (
	"fmt"
	"reflect"
	"sync"
	"time"
)

// clone copies a value so that nothing is shared.
func clone[T any](v T) T {
	var out T
	copyInto(reflect.ValueOf(&out).Elem(), reflect.ValueOf(&v).Elem())
	return out
}

// copyInto copies rows, which are made of exported fields only.
func copyInto(to, from reflect.Value) {
	to.Set(from)
	if !refers(from.Type()) {
		return
	}
	switch from.Kind() {
	case reflect.Struct:
		for i := range from.NumField() {
			copyInto(to.Field(i), from.Field(i))
		}
	case reflect.Slice:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeSlice(from.Type(), from.Len(), from.Len()))
		for i := range from.Len() {
			copyInto(to.Index(i), from.Index(i))
		}
	case reflect.Map:
		if from.IsNil() {
			return
		}
		to.Set(reflect.MakeMapWithSize(from.Type(), from.Len()))
		for entries := from.MapRange(); entries.Next(); {
			value := reflect.New(from.Type().Elem()).Elem()
			copyInto(value, entries.Value())
			to.SetMapIndex(entries.Key(), value)
		}
	case reflect.Pointer:
		if from.IsNil() {
			return
		}
		to.Set(reflect.New(from.Type().Elem()))
		copyInto(to.Elem(), from.Elem())
	default:
		panic(fmt.Sprintf("desktest: a row holds a %s", from.Type()))
	}
}

// references remembers the answers of refers by type.
var references sync.Map

// refers reports whether a plain copy of a value of the type shares something with it. Times and strings share what nobody changes.
func refers(t reflect.Type) bool {
	if known, ok := references.Load(t); ok {
		return known.(bool)
	}
	out := true
	switch t.Kind() {
	case reflect.Struct:
		out = false
		for i := 0; i < t.NumField() && t != reflect.TypeFor[time.Time](); i++ {
			out = out || refers(t.Field(i).Type)
		}
	case reflect.Array:
		out = refers(t.Elem())
	case reflect.Slice, reflect.Map, reflect.Pointer, reflect.Interface, reflect.Chan, reflect.Func:
	default:
		out = false
	}
	references.Store(t, out)
	return out
}
