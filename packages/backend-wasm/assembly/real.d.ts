/** The number type a module is compiled for: the compiler sets it to f32 or f64, this line is for editors. */
declare type real = f32
