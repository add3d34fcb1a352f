module gomphothere

go 1.26.0
