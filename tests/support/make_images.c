/* make_images DIR: sample pictures of every kind that brig decodes, and hostile ones in
 * DIR/hostile. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <jpeglib.h>
#include <png.h>

#define WIDTH  640u
#define HEIGHT 480u

static FILE *create(const char *dir, const char *name)
{
	char path[4096];

	(void)snprintf(path, sizeof path, "%s/%s", dir, name);
	FILE *file = fopen(path, "wbe");
	if (!file) {
		perror(path);
		exit(1);
	}
	return file;
}

/* A part of the plane: Mandelbrot's set, or Julia's of a constant. */
struct view {
	double re, im, width;     /* its middle */
	double c_re, c_im;        /* Julia's constant; 0: Mandelbrot's */
	unsigned int least, most; /* turns until a point escapes: fewer are dark, more are inside */
};

static const struct view whole = { -0.6, 0, 3.2, 0, 0, 0, 96 };
static const struct view spirals = { 0, 0, 3.0, -0.8, 0.156, 2, 160 };
static const struct view seahorses = { -0.7463, 0.1102, 0.008, 0, 0, 36, 500 };
static const struct view coral = { 0, 0, 2.6, 0.285, 0.01, 0, 240 };
static const struct view elephants = { 0.2925, 0.0149, 0.008, 0, 0, 28, 400 };

/* How long a point takes to escape, as a colour: dark, then three bumps one after the other. */
static void fractal_pixel(const struct view *view, uint32_t x, uint32_t y, uint8_t rgb[3])
{
	const double scale = view->width / WIDTH;
	double zr = view->re + scale * ((double)x - WIDTH / 2.0);
	double zi = view->im + scale * ((double)y - HEIGHT / 2.0);
	const bool julia = view->c_re != 0;
	const double cr = julia ? view->c_re : zr, ci = julia ? view->c_im : zi;
	unsigned int n = 0;

	for (; n < view->most && zr * zr + zi * zi < 16; n++) {
		double re = zr * zr - zi * zi + cr;

		zi = 2 * zr * zi + ci;
		zr = re;
	}
	/* Early turns are worth more: most points take few. */
	const double turns = n > view->least ? n - view->least : 0;
	const double v = 1 - turns / (view->most - view->least), u = 1 - v * v * v;
	const double curves[3] = { 9 * (1 - u) * u * u * u, 15 * (1 - u) * (1 - u) * u * u,
				   8.5 * (1 - u) * (1 - u) * (1 - u) * u };

	for (unsigned int i = 0; i < 3; i++)
		rgb[i] = (uint8_t)(255 * curves[i]);
}

static uint8_t *fractal(const struct view *view)
{
	uint8_t *pixels = malloc((size_t)WIDTH * HEIGHT * 3);

	for (uint32_t i = 0; pixels && i < WIDTH * HEIGHT; i++)
		fractal_pixel(view, i % WIDTH, i / WIDTH, pixels + (size_t)i * 3);
	if (!pixels)
		exit(1);
	return pixels;
}

struct png_kind {
	const char *name;
	uint32_t width, height;
	int depth, color, interlace;
};

static void write_png(const char *dir, const struct png_kind *kind, const uint8_t *pixels,
		      size_t stride)
{
	FILE *file = create(dir, kind->name);
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	png_color palette[4] = { { 200, 30, 30 }, { 30, 200, 30 }, { 30, 30, 200 }, { 9, 9, 9 } };

	png_init_io(png, file);
	png_set_IHDR(png, info, kind->width, kind->height, kind->depth, kind->color,
		     kind->interlace, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	if (kind->color == PNG_COLOR_TYPE_PALETTE)
		png_set_PLTE(png, info, palette, 4);
	png_write_info(png, info);
	int passes = png_set_interlace_handling(png);
	while (passes--)
		for (uint32_t y = 0; y < kind->height; y++)
			png_write_row(png, pixels + y * stride);
	png_write_end(png, NULL);
	png_destroy_write_struct(&png, &info);
	(void)fclose(file);
}

static void write_pngs(const char *dir, const uint8_t *rgb)
{
	static const struct png_kind kinds[] = {
		{ "palette.png", 64, 64, 2, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE },
		{ "grey-1bit.png", 64, 64, 1, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_NONE },
		{ "grey-16bit.png", 64, 64, 16, PNG_COLOR_TYPE_GRAY, PNG_INTERLACE_ADAM7 },
		{ "alpha-16bit.png", 64, 64, 16, PNG_COLOR_TYPE_RGB_ALPHA, PNG_INTERLACE_NONE },
	};
	const struct png_kind picture = { "fractal.png",     WIDTH, HEIGHT, 8, PNG_COLOR_TYPE_RGB,
					  PNG_INTERLACE_NONE };
	uint8_t gradient[64 * 64 * 8];

	write_png(dir, &picture, rgb, (size_t)WIDTH * 3);
	for (size_t i = 0; i < sizeof gradient; i++)
		gradient[i] = (uint8_t)(i / 64 + i % 8 * 32);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
		write_png(dir, &kinds[i], gradient, 64 * 8);
}

static void write_jpeg(const char *dir, const char *name, uint8_t *rgb, bool progressive)
{
	struct jpeg_compress_struct jpeg;
	struct jpeg_error_mgr errors;
	FILE *file = create(dir, name);

	jpeg.err = jpeg_std_error(&errors);
	jpeg_create_compress(&jpeg);
	jpeg_stdio_dest(&jpeg, file);
	jpeg.image_width = WIDTH;
	jpeg.image_height = HEIGHT;
	jpeg.input_components = 3;
	jpeg.in_color_space = JCS_RGB;
	jpeg_set_defaults(&jpeg);
	jpeg_set_quality(&jpeg, 90, TRUE);
	if (progressive)
		jpeg_simple_progression(&jpeg);
	jpeg_start_compress(&jpeg, TRUE);
	while (jpeg.next_scanline < HEIGHT) {
		JSAMPROW row = rgb + (size_t)jpeg.next_scanline * WIDTH * 3;

		(void)jpeg_write_scanlines(&jpeg, &row, 1);
	}
	jpeg_finish_compress(&jpeg);
	jpeg_destroy_compress(&jpeg);
	(void)fclose(file);
}

static void write_text(const char *dir, const char *name, const char *text)
{
	FILE *file = create(dir, name);

	(void)fputs(text, file);
	(void)fclose(file);
}

static void write_pnm(const char *dir, const uint8_t *rgb)
{
	FILE *file = create(dir, "picture.ppm");

	(void)fprintf(file, "P6\n%u %u\n255\n", WIDTH, HEIGHT);
	(void)fwrite(rgb, 3, (size_t)WIDTH * HEIGHT, file);
	(void)fclose(file);
}

/* Every pixel as QOI_OP_RGB: lawful, if not small. */
static void write_qoi(const char *dir, const uint8_t *rgb)
{
	static const uint8_t head[14] = { 'q',         'o',          'i',         'f', 0,
					  0,           WIDTH >> 8,   WIDTH & 255, 0,   0,
					  HEIGHT >> 8, HEIGHT & 255, 3,           0 };
	static const uint8_t end[8] = { 0, 0, 0, 0, 0, 0, 0, 1 };
	FILE *file = create(dir, "small.qoi");

	(void)fwrite(head, 1, sizeof head, file);
	for (size_t i = 0; i < (size_t)WIDTH * HEIGHT; i++) {
		(void)fputc(0xfe, file);
		(void)fwrite(rgb + i * 3, 3, 1, file);
	}
	(void)fwrite(end, 1, sizeof end, file);
	(void)fclose(file);
}

/* The start of a good file, and the whole with one byte turned over. */
static void spoil(const char *from, const char *dir, const char *suffix)
{
	char path[4096], name[64];
	static uint8_t bytes[1 << 20];

	(void)snprintf(path, sizeof path, "%s", from);
	FILE *file = fopen(path, "rbe");
	size_t n = file ? fread(bytes, 1, sizeof bytes, file) : 0;
	if (file)
		(void)fclose(file);
	for (size_t at = 0; at < n; at += 1024) {
		(void)snprintf(name, sizeof name, "cut-%07zu.%s", at, suffix);
		file = create(dir, name);
		(void)fwrite(bytes, 1, at, file);
		(void)fclose(file);
	}
	for (unsigned int i = 0; n && i < 32; i++) {
		size_t at = (i * 2654435761u) % n;

		(void)snprintf(name, sizeof name, "flip-%02u.%s", i, suffix);
		bytes[at] ^= 0x55;
		file = create(dir, name);
		(void)fwrite(bytes, 1, n, file);
		(void)fclose(file);
		bytes[at] ^= 0x55;
	}
}

static void write_hostile(const char *dir)
{
	char hostile[4096], from[4200];

	(void)snprintf(hostile, sizeof hostile, "%s/hostile", dir);
	(void)mkdir(hostile, 0755);
	(void)snprintf(from, sizeof from, "%s/fractal.png", dir);
	spoil(from, hostile, "png");
	(void)snprintf(from, sizeof from, "%s/photo.jpg", dir);
	spoil(from, hostile, "jpg");
	write_text(hostile, "empty.png", "");
	write_text(hostile, "text.png", "this is no picture\n");
	write_text(hostile, "huge.pgm", "P5 60000 60000 255\n");
	write_text(hostile, "huge.sheet", "BRIG-SHEET 1\ncell 9999x1\ngrid 1x1\n");
}

int main(int argc, char **argv)
{
	if (argc < 2) {
		(void)fputs("usage: make_images DIR [--hostile]\n", stderr);
		return 2;
	}
	uint8_t *pictures[] = { fractal(&whole), fractal(&spirals), fractal(&seahorses),
				fractal(&coral), fractal(&elephants) };

	write_pngs(argv[1], pictures[0]);
	write_jpeg(argv[1], "photo.jpg", pictures[1], false);
	write_jpeg(argv[1], "progressive.jpg", pictures[2], true);
	write_pnm(argv[1], pictures[3]);
	write_qoi(argv[1], pictures[4]);
	write_text(argv[1], "album.sheet",
		   "BRIG-SHEET 1\ncell 160x120\ngrid 3x2\nfractal.png\nphoto.jpg\npicture.ppm\n"
		   "small.qoi\npalette.png\nalpha-16bit.png\n");
	if (argc > 2)
		write_hostile(argv[1]);
	for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++)
		free(pictures[i]);
	return 0;
}
